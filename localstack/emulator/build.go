package emulator

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"latchkey/shared/coded"
)

// module is this project's, as go.mod names it.
const module = "module latchkey"

// findRoot looks for the project's go.mod from the working directory upward.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", coded.Wrap(coded.Internal, err, "finding the working directory")
	}
	for {
		b, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(b), module) {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", coded.Field("root", "run it in a checkout of Latchkey: it builds the functions from source", "no go.mod of Latchkey here or above")
		}
		dir = up
	}
}

// buildTime bounds one run of the Go compiler or of the infrastructure's app;
// the first one compiles the CDK.
const buildTime = 10 * time.Minute

func run(ctx context.Context, dir string, name string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, buildTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return coded.Wrap(coded.Internal, err, "%s %s: %s", name, strings.Join(args, " "), last(out.String(), 4<<10))
	}
	return nil
}

func last(s string, n int) string {
	s = strings.TrimSpace(s)
	if len(s) > n {
		return "… " + s[len(s)-n:]
	}
	return s
}

// Synthesize writes the cloud assembly into a folder, by the infrastructure's
// own command. The functions' assets are placeholders: what runs here is built
// for this machine. It needs Node, which the CDK runs on.
func Synthesize(ctx context.Context, root, dir string) error {
	if _, err := exec.LookPath("node"); err != nil {
		return &coded.Error{Code: coded.Invalid, Field: "node", Message: "is not installed; the CDK needs it to make the template",
			Hint: "install Node 22 or later: https://nodejs.org"}
	}
	return run(ctx, root, "go", "run", "./infra", "-out", dir, "-assets", "placeholder")
}

// buildFunctions builds functions for this machine, with the flags that they
// are deployed with, into dir/<name>. overlay may be empty.
func buildFunctions(ctx context.Context, root, dir, overlay string, names []string) error {
	args := []string{"build", "-trimpath", "-ldflags=-s -w", "-tags", "lambda.norpc", "-o", dir + string(filepath.Separator)}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	for _, n := range names {
		if _, err := os.Stat(filepath.Join(root, "functions", n, "main.go")); err != nil {
			return &coded.Error{Code: coded.Invalid, Message: "the template has function " + n + ", and there is no functions/" + n,
				Hint: "the name of a function is " + prefix + "<folder>", Err: err}
		}
		args = append(args, "./functions/"+n)
	}
	return run(ctx, root, "go", args...)
}
