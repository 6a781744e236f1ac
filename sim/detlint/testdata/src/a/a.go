// Package a has what detlint finds, and what it leaves alone.
package a

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"slices"
	"time"
)

type set map[string]bool

func order(m map[string]int, s set) int {
	sum := 0
	for k := range m { // want "the order of a map"
		sum += len(k)
	}
	for range m { // how many there are
		sum++
	}
	for k := range s { // want "the order of a map"
		sum += len(k)
	}
	for _, v := range m { //det:ok a sum does not depend on the order
		sum += v
	}
	//det:ok
	for _, v := range m { // want "the order of a map"
		sum += v
	}
	for k := range maps.Keys(m) { // want "maps.Keys gives another order"
		sum += len(k)
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		sum += m[k]
	}
	for _, v := range slices.Collect(maps.Values(m)) { // want "maps.Values gives another order"
		sum += v
	}
	for range reflect.ValueOf(m).MapKeys() { // want "reflect.Value.MapKeys gives another order"
		sum++
	}
	for i := range []int{1, 2} {
		sum += i
	}
	return sum
}

func any[M ~map[K]int, K comparable](m M) (sum int) {
	for _, v := range m { // want "the order of a map"
		sum += v
	}
	return sum
}

func goroutines(a, b chan int) {
	go order(nil, nil) // want "a goroutine"
	select {           // want "which case of a select"
	case <-a:
	case <-b:
	}
}

func ambient() {
	fmt.Println(time.Now())        // want "time.Now is the time of the machine"
	fmt.Println(time.Second)       // a length
	fmt.Println(os.Args)           // want "os.Args is outside"
	fmt.Println(os.Getenv("HOME")) // want "os.Getenv is outside"
	fmt.Println(rand.IntN(3))      // want "rand.IntN has no seed"
	fmt.Println(rand.New(rand.NewPCG(1, 2)).IntN(3))
	fmt.Println(runtime.NumCPU())       // want "runtime.NumCPU depends on the machine"
	fmt.Printf("%d of %p", 1, new(int)) // want "an address"
	now := time.Now                     // want "time.Now is the time of the machine"
	_ = now
}

func rounding(x, y float64, n int) float64 {
	y += math.Log(x)     // want "math.Log may differ"
	y += math.Sqrt(x)    // exact
	x = x*y + 1          // want "rounded once or twice"
	x = float64(x*y) + 1 // rounded twice
	x = float64((x * y)) + 1
	x = x*y/2 + 1 // a quotient is added
	x = float64(x*y*y) + 1
	x = x*y*y + 1 // want "rounded once or twice"
	if x*y < 2 {
		n++
	}
	x *= y // want "rounded once or twice"
	n *= 2
	const c = 1.5 * 2
	f := math.Exp                      // want "math.Exp may differ"
	return x/y + c*float64(n*n) + f(1) // want "rounded once or twice"
}
