package main

import (
	"slices"
	"testing"

	"latchkey/infra/network/synthtest"
)

// kept holds that a resource stays when its stack goes, or is replaced, but not
// when the deployment that made it fails: its name is fixed, and the next attempt
// would find it taken. [CloudFormation guide, DeletionPolicy attribute]
func kept(t *testing.T, id string, r synthtest.Resource) {
	t.Helper()
	if r.DeletionPolicy != "RetainExceptOnCreate" || r.UpdateReplacePolicy != "Retain" {
		t.Errorf("%s: %q when its stack goes, %q when it is replaced", id, r.DeletionPolicy, r.UpdateReplacePolicy)
	}
}

// TestKept holds that nothing else is left behind: what is kept has to be found
// and deleted by hand before the stack can be made again.
func TestKept(t *testing.T) {
	may := []string{"AWS::DynamoDB::Table", "AWS::KMS::Alias", "AWS::KMS::Key", "AWS::S3::Bucket"}
	everyStack(t, func(t *testing.T, tmpl synthtest.Template) {
		for id, r := range tmpl.Resources {
			if slices.Contains(may, r.Type) {
				kept(t, id, r)
			} else if r.DeletionPolicy != "" && r.DeletionPolicy != "Delete" {
				t.Errorf("%s of type %s is left behind: docs/deploy.md does not say so", id, r.Type)
			}
		}
	})
}
