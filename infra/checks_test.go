package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"latchkey/infra/network/synthtest"
	"latchkey/shared/coded"
)

// TestLint holds that cfn-lint has nothing to say. It is not told to leave
// anything out.
func TestLint(t *testing.T) {
	const tool, get = "cfn-lint", "pip install cfn-lint"
	path, err := exec.LookPath(tool)
	if err != nil {
		if slices.Contains(strings.Split(os.Getenv("LATCHKEY_REQUIRE"), ","), tool) {
			t.Fatalf("%s is not installed and LATCHKEY_REQUIRE asks for it: %s", tool, get)
		}
		t.Skipf("%s is not installed: %s", tool, get)
	}
	files, err := filepath.Glob(filepath.Join(assembly(t), "*.template.json"))
	if err != nil || len(files) != 3 {
		t.Fatalf("templates %v: %v", files, err)
	}
	otherwise, err := filepath.Glob(filepath.Join(otherAssembly(t), "*.template.json"))
	if err != nil || len(otherwise) != 2 {
		t.Fatalf("templates %v: %v", otherwise, err)
	}
	files = append(append(files, otherwise...), filepath.Join(assembly(t), customerFile))
	if out, err := exec.CommandContext(t.Context(), path, files...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestFindings_None holds that cdk-nag has looked at every resource, has found
// nothing, and that what was accepted has a reason that is an argument.
func TestFindings_None(t *testing.T) {
	reports, err := filepath.Glob(filepath.Join(assembly(t), "AwsSolutions-*-NagReport.csv"))
	if err != nil || len(reports) != 3 {
		t.Fatalf("reports %v: %v", reports, err)
	}
	for _, path := range reports {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil || len(rows) < 10 {
			t.Fatalf("%s has %d rows: %v", path, len(rows), err)
		}
		// Rule ID, Resource ID, Compliance, Exception Reason, Rule Level, Rule Info
		for _, row := range rows[1:] {
			switch row[2] {
			case "Compliant":
			case "Suppressed":
				if len(row[3]) < 20 {
					t.Errorf("%s on %s is accepted for %q", row[0], row[1], row[3])
				}
			default:
				t.Errorf("%s on %s: %s", row[0], row[1], row[2])
			}
		}
	}
}

// TestFindings_Fail holds that a finding fails the command.
func TestFindings_Fail(t *testing.T) {
	synthtest.Libraries(t)
	dir := t.TempDir()
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &dir, AnalyticsReporting: jsii.Bool(false)})
	awss3.NewCfnBucket(awscdk.NewStack(app, jsii.String("careless"), nil), jsii.String("Public"), nil)
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(nil), nil)
	app.Synth(nil)
	var out bytes.Buffer
	err := findings(dir, &out)
	if !coded.Is(err, coded.Invalid) || !strings.Contains(out.String(), "AwsSolutions-S1") {
		t.Errorf("got %v\n%s", err, out.String())
	}
}
