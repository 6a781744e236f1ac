// Command genids writes spec/req/ids_gen.go from the registry. It is run by go
// generate in spec/req.
package main

import (
	"log"
	"os"

	"mlssim/spec/trace"
)

func main() {
	log.SetFlags(0)
	reqs, err := trace.Load(os.DirFS("../registry"))
	if err != nil {
		log.Fatal(err)
	}
	src, err := trace.IDs(reqs)
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("ids_gen.go", src, 0o644); err != nil {
		log.Fatal(err)
	}
}
