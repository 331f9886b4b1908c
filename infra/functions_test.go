package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"latchkey/infra/network/synthtest"
	"latchkey/shared/deployment"
)

// placed returns the functions of a stack by the table.
func placed(tmpl synthtest.Template) []deployment.Function {
	place := deployment.InCell
	if len(tmpl.Of("AWS::EC2::VPC")) == 0 {
		place = deployment.InEntry
	}
	return slices.DeleteFunc(deployment.Functions(), func(f deployment.Function) bool { return f.Place != place })
}

// TestFunctions holds that the functions are those of the table, as it says.
func TestFunctions(t *testing.T) {
	everyStack(t, func(t *testing.T, tmpl synthtest.Template) {
		made, want := tmpl.Of("AWS::Lambda::Function"), placed(tmpl)
		if len(made) != len(want) {
			t.Errorf("%d functions, the table has %d", len(made), len(want))
		}
		for _, f := range want {
			r, ok := made[partsID(f.Name)+"Function"]
			if !ok {
				t.Errorf("%s is not there", f.Name)
				continue
			}
			settled(t, f, r.Properties)
			environment(t, f, r.Properties)
		}
	})
}

func settled(t *testing.T, f deployment.Function, p map[string]any) {
	t.Helper()
	for member, want := range map[string]any{
		"FunctionName": deployment.Name(f.Name), "Runtime": "provided.al2023", "Architectures": []any{"arm64"}, "Handler": "bootstrap",
		"MemorySize": float64(f.MemoryMB), "Timeout": f.Timeout.Seconds(), "TracingConfig": map[string]any{"Mode": "Active"},
		"Role":          map[string]any{"Fn::GetAtt": []any{partsID(f.Name) + "Role", "Arn"}},
		"LoggingConfig": map[string]any{"LogFormat": "Text", "LogGroup": map[string]any{"Ref": partsID(f.Name) + "Logs"}},
	} {
		if got := synthtest.Text(p[member]); got != synthtest.Text(want) {
			t.Errorf("%s: %s is %s, want %s", f.Name, member, got, synthtest.Text(want))
		}
	}
	if (p["VpcConfig"] != nil) != f.InVPC {
		t.Errorf("%s is in the VPC: %v", f.Name, p["VpcConfig"] != nil)
	}
}

// secretive are names and values that have no business in an environment.
var secretive = regexp.MustCompile(`(?i)password|secret|token|credential|private|access_?key|resolve:|BEGIN |AKIA`)

// environment holds that a function gets exactly the variables that it reads,
// and nothing secret.
func environment(t *testing.T, f deployment.Function, p map[string]any) {
	t.Helper()
	variables, _ := part(p, "Environment", "Variables").(map[string]any)
	got := slices.Sorted(maps.Keys(variables))
	if want := slices.Sorted(slices.Values(f.Env)); !slices.Equal(got, want) {
		t.Errorf("%s has the variables %v\nreads %v", f.Name, got, want)
	}
	for name, v := range variables {
		if value := text(v); secretive.MatchString(name) || secretive.MatchString(value) {
			t.Errorf("%s: %s=%s looks like a secret", f.Name, name, value)
		} else if value == "" && !slices.Contains(deployment.Optional(), name) {
			t.Errorf("%s: %s is empty", f.Name, name)
		}
	}
}

// TestFunctions_Sources holds that each function is started by what the table
// says, in its batches.
func TestFunctions_Sources(t *testing.T) {
	everyStack(t, func(t *testing.T, tmpl synthtest.Template) {
		mappings, schedules := tmpl.Of("AWS::Lambda::EventSourceMapping"), tmpl.Of("AWS::Scheduler::Schedule")
		count := 0
		for _, f := range placed(tmpl) {
			if q := f.Queue; q != nil {
				count++
				same(t, f.Name+" from its queue", mappings[partsID(f.Name)+"FromQueue"].Properties, map[string]any{
					"BatchSize": float64(q.Batch), "MaximumBatchingWindowInSeconds": q.Window.Seconds(),
					"ScalingConfig":         map[string]any{"MaximumConcurrency": float64(q.Concurrency)},
					"FunctionResponseTypes": []any{"ReportBatchItemFailures"},
					"EventSourceArn":        map[string]any{"Fn::GetAtt": []any{partsID(f.Name) + "Queue", "Arn"}},
				})
			}
			if s := f.Stream; s != nil {
				count++
				same(t, f.Name+" from the stream", mappings[partsID(f.Name)+"FromStream"].Properties, map[string]any{
					"BatchSize": float64(s.Batch), "ParallelizationFactor": float64(s.Parallel), "BisectBatchOnFunctionError": true,
					"MaximumRetryAttempts": float64(s.Retries), "MaximumRecordAgeInSeconds": s.MaxAge.Seconds(),
					"FilterCriteria":        map[string]any{"Filters": []any{map[string]any{"Pattern": s.Filter}}},
					"FunctionResponseTypes": []any{"ReportBatchItemFailures"},
					"EventSourceArn":        map[string]any{"Fn::GetAtt": []any{"Table", "StreamArn"}},
				})
			}
			_, scheduled := schedules[partsID(f.Name)+"Schedule"]
			if scheduled != (f.Every > 0) {
				t.Errorf("%s has a schedule: %v", f.Name, scheduled)
			}
		}
		if count != len(mappings) {
			t.Errorf("%d mappings, the table has %d", len(mappings), count)
		}
	})
}

func same(t *testing.T, what string, got, want map[string]any) {
	t.Helper()
	for member, w := range want {
		if synthtest.Text(got[member]) != synthtest.Text(w) {
			t.Errorf("%s: %s is %s, want %s", what, member, synthtest.Text(got[member]), synthtest.Text(w))
		}
	}
}

func TestFunctions_Schedules(t *testing.T) {
	rates := map[string]string{}
	for _, f := range deployment.Functions() {
		if n := int(f.Every.Minutes()); n == 1 {
			rates[partsID(f.Name)+"Schedule"] = "rate(1 minute)"
		} else if n > 1 {
			rates[partsID(f.Name)+"Schedule"] = fmt.Sprintf("rate(%d minutes)", n)
		}
	}
	for id, s := range oneCell(t).Of("AWS::Scheduler::Schedule") {
		same(t, id, s.Properties, map[string]any{
			"ScheduleExpression": rates[id], "State": "ENABLED", "FlexibleTimeWindow": map[string]any{"Mode": "OFF"},
			"GroupName": map[string]any{"Ref": "ScheduleGroup"},
		})
	}
}

// TestFunctions_Reserved holds that the account keeps what Lambda wants left over,
// and that no queue is read faster than its function may run.
// [Lambda guide, Configuring reserved concurrency: 100 of 1,000 stay unreserved]
func TestFunctions_Reserved(t *testing.T) {
	tmpl, sum := oneCell(t), 0.0
	for _, f := range placed(tmpl) {
		n, ok := tmpl.Resources[partsID(f.Name)+"Function"].Properties["ReservedConcurrentExecutions"].(float64)
		if ok && f.Queue != nil && n < float64(f.Queue.Concurrency) {
			t.Errorf("%s may run %v times at once, its queue starts %d", f.Name, n, f.Queue.Concurrency)
		}
		sum += n
	}
	if sum == 0 || sum > 900 {
		t.Errorf("%v executions are reserved", sum)
	}
}

// TestFunctions_Code holds that each function's asset is a folder with its own
// bootstrap, named by its content.
func TestFunctions_Code(t *testing.T) {
	dir := assembly(t)
	everyStack(t, func(t *testing.T, tmpl synthtest.Template) {
		keys := map[string]string{}
		for id, r := range tmpl.Of("AWS::Lambda::Function") {
			key := text(part(r.Properties, "Code", "S3Key"))
			if other, taken := keys[key]; taken {
				t.Errorf("%s and %s have the same code", id, other)
			}
			keys[key] = id
			info, err := os.Stat(filepath.Join(dir, "asset."+strings.TrimSuffix(key, ".zip"), "bootstrap"))
			if err != nil || info.Mode().Perm()&0o111 == 0 {
				t.Errorf("%s: %v, %v", id, info, err)
			}
		}
	})
}
