package main

import (
	"os"
	"os/exec"

	"latchkey/shared/coded"
)

// What the CDK's bindings run on: a command of the user's own, or else the node
// that is named, or else the one on the path. [jsii source, go-runtime, process.go]
const (
	envRuntime = "JSII_RUNTIME"
	envNode    = "JSII_NODE"
)

// needNode returns coded.Invalid if there is no Node to make the stacks with. The
// bindings themselves would panic.
func needNode() error {
	if os.Getenv(envRuntime) != "" {
		return nil
	}
	node, named := os.Getenv(envNode), true
	if node == "" {
		node, named = "node", false
	}
	if _, err := exec.LookPath(node); err != nil {
		e := coded.Field("node", "install Node 22 or later from https://nodejs.org, or name one with "+envNode, "is not installed; the CDK needs it to make the stacks")
		if named {
			e = coded.Field(envNode, "name the program itself, such as /opt/node-22/bin/node, or leave it unset for the one on the path", "there is no program %s", node)
		}
		e.Err = err
		return e
	}
	return nil
}
