// Package mototest starts moto, an emulator of AWS's wire formats that is not
// ours, for the wire tests of the adapters. Tests that need it skip where it is
// not installed, unless LATCHKEY_REQUIRE says that it has to be there.
//
// moto shows that requests and answers are well formed; it does not show how AWS
// behaves under a lost key, a race or a policy. The embedded twins do that.
package mototest

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Tool is moto's name in LATCHKEY_REQUIRE.
const Tool = "moto"

// Account is the account id that moto answers with. [moto documentation, Multi-account support]
const Account = "123456789012"

// tools says which program each tool of LATCHKEY_REQUIRE is, and how to get it.
var tools = map[string]struct{ program, get string }{
	Tool: {"moto_server", "pip install 'moto[server]==5.2.1'"},
}

// Require skips the test with one line if the tool is not installed; it fails
// the test instead where LATCHKEY_REQUIRE (a list with commas) names the tool.
func Require(t testing.TB, tool string) {
	t.Helper()
	known, ok := tools[tool]
	if !ok {
		t.Fatalf("mototest: unknown tool %q", tool)
	}
	if _, err := exec.LookPath(known.program); err == nil {
		return
	}
	if slices.Contains(strings.Split(os.Getenv("LATCHKEY_REQUIRE"), ","), tool) {
		t.Fatalf("%s is not installed and LATCHKEY_REQUIRE asks for %s: %s", known.program, tool, known.get)
	}
	t.Skipf("%s is not installed: %s", known.program, known.get)
}

// Endpoint returns the URL of this test binary's moto, started by the first call
// and ended with the process. All tests of a binary share its state, so each
// uses names of its own.
func Endpoint(t testing.TB) string {
	t.Helper()
	Require(t, Tool)
	url, err := shared()
	if err != nil {
		t.Fatalf("starting moto: %v", err)
	}
	return url
}

// Config returns a configuration of the SDK for this test binary's moto, with
// credentials that mean nothing.
func Config(t testing.TB, region string) aws.Config {
	t.Helper()
	return aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(Endpoint(t)),
		Credentials:  credentials.NewStaticCredentialsProvider("testing", "testing", ""),
	}
}
