package functions_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"latchkey/shared/deployment"
	"latchkey/shared/function/coldstart"
	"latchkey/shared/function/functiontest"
)

// What a function may cost.
const (
	maxSize  = 20 << 20 // bytes, for arm64
	maxRatio = 2.0      // of the time that the empty function takes; told, never a failure: machines are noisy
)

// coldStarts is how often each function is started. The starts are interleaved,
// so that what else the machine does slows all of them alike.
const coldStarts = 21

// candidate is a function with what was measured of it.
type candidate struct {
	name, binary string
	environ      []string
	size         int64
	took, memory []int64
}

// BenchmarkColdStart builds every function as it is deployed and an empty one
// with the same libraries, and prints the table of docs/performance.md:
//
//	go test ./functions -run '^$' -bench ColdStart -benchtime 1x
func BenchmarkColdStart(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("the functions run on Linux only")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	all := build(ctx, b)
	lambda, err := coldstart.Listen()
	if err != nil {
		b.Fatal(err)
	}
	defer lambda.Close()
	for b.Loop() {
		for range coldStarts {
			for _, c := range all {
				s, err := lambda.Start(ctx, c.binary, c.environ)
				if err != nil {
					b.Fatal(err)
				}
				c.took, c.memory = append(c.took, int64(s.Took)), append(c.memory, s.Memory)
			}
		}
	}
	table(b, all)
}

// build returns the empty function and then all others, built.
func build(ctx context.Context, b *testing.B) []*candidate {
	b.Helper()
	dir := b.TempDir()
	aws := []string{"AWS_REGION=" + region, "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b", "PATH=/usr/bin"}
	all := []*candidate{{name: "(empty)", binary: "latchkey/shared/function/coldstart/empty", environ: aws}}
	for _, f := range deployment.Functions() {
		if _, err := os.Stat(filepath.Join(f.Name, "main.go")); err != nil {
			b.Errorf("left out: %v", err)
			continue
		}
		all = append(all, &candidate{name: f.Name, binary: "latchkey/functions/" + f.Name, environ: append(functiontest.Environ(f), aws...)})
	}
	for _, c := range all {
		pkg := c.binary
		var err error
		if c.size, err = coldstart.Build(ctx, pkg, filepath.Join(dir, c.name+"-arm64"), "arm64"); err != nil {
			b.Fatal(err)
		}
		c.binary = filepath.Join(dir, c.name)
		if _, err := coldstart.Build(ctx, pkg, c.binary, runtime.GOARCH); err != nil {
			b.Fatal(err)
		}
	}
	return all
}

// table prints what was measured, and fails where a function costs too much.
func table(b *testing.B, all []*candidate) {
	b.Helper()
	empty := float64(median(all[0].took))
	fmt.Printf("\n| function | size, arm64 | to the first event, %s | × empty | memory by then |\n|---|---|---|---|---|\n", runtime.GOARCH)
	for _, c := range all {
		ratio := float64(median(c.took)) / empty
		fmt.Printf("| `%s` | %.1f MB | %.1f ms | %.2f | %.1f MB |\n", c.name, float64(c.size)/(1<<20),
			float64(median(c.took))/float64(time.Millisecond), ratio, float64(median(c.memory))/(1<<20))
		if c.size > maxSize {
			b.Errorf("%s has %d bytes, more than %d", c.name, c.size, maxSize)
		}
		if ratio > maxRatio {
			b.Logf("%s takes %.2f times as long as the empty function, more than %.1f", c.name, ratio, maxRatio)
		}
	}
	fmt.Println()
}

func median(of []int64) int64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}
