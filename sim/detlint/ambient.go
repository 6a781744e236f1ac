package detlint

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// Ambient finds what a simulation takes from around it: the clock, the process, chance
// that no seed decides, and addresses.
var Ambient = &analysis.Analyzer{
	Name: "ambient",
	Doc:  "nothing is taken from the clock, the process, unseeded chance or addresses",
	Run:  runAmbient,
}

var (
	// surroundings are packages of which nothing is used.
	surroundings = []string{"os", "os/exec", "os/signal", "syscall", "net", "net/http", "crypto/rand", "math/rand", "hash/maphash", "unsafe"}
	// clock is what package time does besides counting.
	clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	// seeded is what package math/rand/v2 has for those who bring a seed.
	seeded = []string{"New", "NewPCG", "NewChaCha8", "NewZipf"}
	// process is what package runtime says of the machine.
	process = []string{"GOMAXPROCS", "NumCPU", "NumGoroutine", "ReadMemStats", "Caller", "Callers"}
)

func runAmbient(pass *analysis.Pass) (any, error) {
	each(pass, func(n ast.Node, report func(string, ...any)) {
		switch n := n.(type) {
		case *ast.Ident:
			if why := outside(pass.TypesInfo.Uses[n]); why != "" {
				report("%s", why)
			}
		case *ast.BasicLit:
			if v := pass.TypesInfo.Types[n].Value; v != nil && v.Kind() == constant.String && strings.Contains(constant.StringVal(v), "%p") {
				report("an address is another one each time")
			}
		}
	})
	return nil, nil
}

// outside says what is wrong with using an object of another package, or "".
func outside(o types.Object) string {
	if o == nil || o.Pkg() == nil {
		return ""
	}
	path := o.Pkg().Path()
	f, isFunc := o.(*types.Func)
	isFunc = isFunc && f.Signature().Recv() == nil
	switch {
	case slices.Contains(surroundings, path) && o.Parent() == o.Pkg().Scope():
		return path + "." + o.Name() + " is outside of the simulation"
	case isFunc && path == "time" && slices.Contains(clock, o.Name()):
		return "time." + o.Name() + " is the time of the machine"
	case isFunc && path == "math/rand/v2" && !slices.Contains(seeded, o.Name()):
		return "rand." + o.Name() + " has no seed"
	case isFunc && path == "runtime" && slices.Contains(process, o.Name()):
		return "runtime." + o.Name() + " depends on the machine"
	}
	return ""
}
