// Command gendoc writes docs/events.md out of package events: every kind of
// event with its fields, a sample and the functions that receive it.
//
//	go generate ./events
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	out := flag.String("out", "../docs/events.md", "file to write")
	flag.Parse()
	doc, err := render()
	if err == nil {
		err = os.WriteFile(*out, doc, 0o644)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "error: writing %s: %v\n", *out, err)
		os.Exit(1)
	}
}
