// Package quiet keeps jsii silent about deprecated properties, unless the
// environment says otherwise. cdk-nag reads one of a bus's policy, which nothing
// here sets, and every synthesis would warn of it twice.
//
// The bindings copy the environment when they are initialized, before main runs.
// So this package sets it while it is initialized itself, and imports nothing but
// os: packages are initialized in the order of their paths as soon as what they
// import is, and the bindings need os/exec, whose path comes after this one's.
// [Go 1.21 release notes, Language; jsii source, process.go, .warnings.jsii.js]
package quiet

import "os"

// Variable says what jsii does about deprecated properties: warn, fail or quiet.
const Variable = "JSII_DEPRECATED"

func init() {
	if _, told := os.LookupEnv(Variable); !told {
		os.Setenv(Variable, "quiet")
	}
}
