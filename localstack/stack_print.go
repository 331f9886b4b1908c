package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"latchkey/localstack/emulator"
	"latchkey/localstack/emulator/template"
	"latchkey/shared/deployment"
)

// runningStack is what runs, as JSON.
type runningStack struct {
	Emulator  string            `json:"emulator"`
	Endpoint  string            `json:"endpoint"` // for AWS_ENDPOINT_URL
	APIs      map[string]string `json:"apis"`     // by Region
	Functions []runningFunction `json:"functions"`
	// Instances is where RDS's instances are reached, by their names; empty: they
	// are not there, and fence is a substitute.
	Instances string `json:"instances,omitempty"`
}

type runningFunction struct {
	Region  string   `json:"region"`
	Name    string   `json:"name"`
	Role    string   `json:"role"`
	Timeout string   `json:"timeout"`
	Memory  int      `json:"memoryMB"`
	FedBy   []string `json:"fedBy"`
}

func runningOf(s *emulator.Stack) runningStack {
	out := runningStack{Emulator: s.Emulator.URL, Endpoint: s.ProxyURL, APIs: map[string]string{}}
	if s.Instances != nil {
		out.Instances = fmt.Sprintf("127.0.0.1:%d", s.Instances.Port())
	}
	for _, r := range s.Regions {
		out.APIs[r.Name] = r.APIURL
		for _, f := range r.Host.Functions() {
			out.Functions = append(out.Functions, runningFunction{
				Region: r.Name, Name: f.Function.Name, Role: f.Function.Role, Timeout: f.Function.Timeout.String(),
				Memory: f.Function.MemoryMB, FedBy: r.FedBy(f.Function.Name),
			})
		}
	}
	slices.SortFunc(out.Functions, func(a, b runningFunction) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// printRunning says what runs where, and what does not.
func printRunning(w io.Writer, s *emulator.Stack) {
	running, fence := runningOf(s), deployment.Name(deployment.FunctionFence)
	var rows [][]string
	for _, f := range running.Functions {
		rows = append(rows, []string{f.Region, f.Name, f.Timeout, fmt.Sprintf("%d MB", f.Memory), strings.Join(f.FedBy, ", ")})
	}
	table(w, "no functions", []string{"REGION", "FUNCTION", "TIME-OUT", "MEMORY", "FED BY"}, rows)
	fmt.Fprintf(w, "\nemulator          %s\n", s.Emulator.URL)
	fmt.Fprintf(w, "AWS_ENDPOINT_URL  %s   (the emulator behind the proxy: Invoke, faults, counts)\n", s.ProxyURL)
	for _, region := range slices.Sorted(maps.Keys(running.APIs)) {
		fmt.Fprintf(w, "HTTP API          %s   (%s; no IAM signature is asked for)\n", running.APIs[region], region)
	}
	if s.Instances != nil {
		fmt.Fprintf(w, "instances         127.0.0.1:%d: a PostgreSQL for each that RDS has; the binary of %s logs in to them\n", s.Instances.Port(), fence)
	} else {
		fmt.Fprintf(w, "substitute        %s: it remembers what it is asked and runs no SQL\n", fence)
	}
	for _, d := range s.Stacks {
		printReport(w, d.Name, s.Reports[d.Name])
	}
	fmt.Fprintln(w)
}

func printReport(w io.Writer, stack string, report template.Report) {
	n := map[template.Verdict]int{}
	for _, f := range report {
		n[f.Verdict]++
	}
	fmt.Fprintf(w, "stack             %s: %d resources compared with their declaration, %d listed, %d of types that the emulator ignores, %d taken over by the feeds\n",
		stack, n[template.There], n[template.Listed], n[template.Ignored], n[template.Removed])
}
