// Command gendoc writes docs/states.md out of the transition tables of the
// records that package reconcile drives.
//
//	go generate ./shared/reconcile/gendoc
package main

import (
	"flag"
	"fmt"
	"os"
)

//go:generate go run . -out ../../../docs/states.md

func main() {
	out := flag.String("out", "docs/states.md", "file to write")
	flag.Parse()
	if err := os.WriteFile(*out, render(), 0o644); err != nil {
		fmt.Fprintf(os.Stderr, "error: writing %s: %v\n", *out, err)
		os.Exit(1)
	}
}
