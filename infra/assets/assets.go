// Package assets builds what the functions run: one folder for each, with its
// bootstrap in it.
package assets

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"latchkey/shared/coded"
)

// Modes of Prepare.
const (
	Build       = "build"       // the real binaries
	Placeholder = "placeholder" // files that say what belongs there: for tests and linters of the template
)

// bootstrap is the file that the runtime provided.al2023 starts.
// [Lambda guide, Building Go functions]
const bootstrap = "bootstrap"

// Prepare returns the folder of each function, by its name. root is the folder
// of go.mod. Folders are kept under dir from one time to the next, and a binary
// that has not changed is left as it is, so that a second time takes a moment.
func Prepare(ctx context.Context, mode, root, dir string, functions []string) (map[string]string, error) {
	if err := Check(mode); err != nil {
		return nil, err
	}
	if mode == Placeholder {
		return placeholder(dir, functions)
	}
	return build(ctx, root, dir, functions)
}

// Check returns coded.Invalid if a mode is none of Prepare's.
func Check(mode string) error {
	if mode == Build || mode == Placeholder {
		return nil
	}
	return coded.Field("assets", "give build or placeholder", "%q cannot be used", mode)
}

// Dir returns where the folders of a checkout are kept: in the user's cache.
func Dir(root string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("looking for the user's cache: %w", err)
	}
	abs, err := filepath.Abs(root)
	if err != nil {
		return "", fmt.Errorf("looking for %s: %w", root, err)
	}
	sum := sha256.Sum256([]byte(abs))
	return filepath.Join(cache, "latchkey", fmt.Sprintf("%x", sum[:6])), nil
}

// build makes all binaries with one call of the compiler, reproducibly: the same
// sources give the same bytes, and so the same hash, wherever they are built.
func build(ctx context.Context, root, dir string, functions []string) (map[string]string, error) {
	bin := filepath.Join(dir, "bin")
	args := []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-tags", "lambda.norpc", "-o", bin + string(filepath.Separator)}
	for _, f := range functions {
		if _, err := os.Stat(filepath.Join(root, "functions", f, "main.go")); err != nil {
			return nil, fmt.Errorf("function %s: %w", f, err)
		}
		args = append(args, "./functions/"+f)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = root, append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the functions: %w\n%s", err, out)
	}
	folders := map[string]string{}
	for _, f := range functions {
		folders[f] = filepath.Join(dir, Build, f)
		if err := put(filepath.Join(folders[f], bootstrap), filepath.Join(bin, f)); err != nil {
			return nil, fmt.Errorf("function %s: %w", f, err)
		}
	}
	return folders, nil
}

// put copies a binary, unless it is there already.
func put(to, from string) error {
	want, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return write(to, want, 0o755)
}

// write leaves a file that has these bytes as it is.
func write(path string, want []byte, mode fs.FileMode) error {
	f, err := os.Open(path)
	if err == nil {
		have, err := io.ReadAll(f)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		if bytes.Equal(have, want) {
			return nil
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, want, mode)
}

func placeholder(dir string, functions []string) (map[string]string, error) {
	folders := map[string]string{}
	for _, f := range functions {
		folders[f] = filepath.Join(dir, Placeholder, f)
		text := "#!/bin/sh\necho 'a placeholder for " + f + ": synthesize with -assets=" + Build + "' >&2\nexit 1\n"
		if err := write(filepath.Join(folders[f], bootstrap), []byte(text), 0o755); err != nil {
			return nil, fmt.Errorf("function %s: %w", f, err)
		}
	}
	return folders, nil
}
