package quiet_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"latchkey/infra/network/synthtest"
	"latchkey/infra/quiet"
)

// child marks the process that synthesizes, for the one that reads what it says.
const child = "LATCHKEY_QUIET_CHILD"

// TestQuiet holds that a synthesis says nothing of deprecated properties, and
// does when it is told to.
func TestQuiet(t *testing.T) {
	synthtest.Require(t)
	if os.Getenv(child) != "" {
		synthtest.Libraries(t)
		synthesize(t.TempDir())
		return
	}
	for told, want := range map[string]bool{"": false, "warn": true} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestQuiet$")
		for _, v := range os.Environ() {
			if !strings.HasPrefix(v, quiet.Variable+"=") {
				cmd.Env = append(cmd.Env, v)
			}
		}
		cmd.Env = append(cmd.Env, child+"=1")
		if told != "" {
			cmd.Env = append(cmd.Env, quiet.Variable+"="+told)
		}
		out, err := cmd.CombinedOutput()
		if got := strings.Contains(string(out), "is deprecated"); err != nil || got != want {
			t.Errorf("told %q: %v\n%s", told, err, out)
		}
	}
}

// synthesize makes what cdk-nag reads a deprecated property of.
func synthesize(dir string) {
	defer jsii.Close()
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &dir, AnalyticsReporting: jsii.Bool(false)})
	awsevents.NewCfnEventBusPolicy(awscdk.NewStack(app, jsii.String("test"), nil), jsii.String("Policy"), &awsevents.CfnEventBusPolicyProps{
		StatementId: jsii.String("s"), Statement: map[string]any{"Effect": "Allow"},
	})
	awscdk.Aspects_Of(app).Add(cdknag.NewAwsSolutionsChecks(nil), nil)
	app.Synth(nil)
}
