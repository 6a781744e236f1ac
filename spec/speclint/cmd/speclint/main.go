// Speclint is a tool for go vet:
//
//	go build -o speclint ./spec/speclint/cmd/speclint
//	go vet -vettool=./speclint ./impl/... ./model
package main

import (
	"golang.org/x/tools/go/analysis/unitchecker"

	"mlssim/spec/speclint"
)

func main() { unitchecker.Main(speclint.Analyzers...) }
