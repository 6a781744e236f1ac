// Detlint is a tool for go vet:
//
//	go build -o detlint ./sim/detlint/cmd/detlint
//	go vet -vettool=./detlint ./sim ./model
package main

import (
	"golang.org/x/tools/go/analysis/unitchecker"

	"mlssim/sim/detlint"
)

func main() { unitchecker.Main(detlint.Analyzers...) }
