package kms_test

import (
	"testing"

	"latchkey/shared/aws/mototest"
	"latchkey/shared/conformance"
	"latchkey/shared/keys/keystest"
)

// motoCannot is what moto 5.2.1 does not do as KMS does.
var motoCannot = []conformance.Exception{
	{Case: "Describe/no material", Shows: "want PendingImport", Reason: "moto makes a key of origin EXTERNAL usable at once"},
	{Case: "Describe/expiring material", Shows: "GetParametersForImport", Reason: "moto has no import of key material"},
	{Case: "Describe/in a key store", Shows: "CreateCustomKeyStore", Reason: "moto has no custom key stores"},
	{Case: "Describe/multi-Region", Shows: "names no key", Reason: "moto's ids of multi-Region keys have hyphens, which KMS's have not, and the adapter refuses them"},
	{Case: "Describe/AWS managed", Shows: "manager CUSTOMER", Reason: "moto says of its keys for services that customers manage them"},
	{Case: "Canary/another key", Shows: "AccessDeniedException", Reason: "moto answers AccessDeniedException where KMS answers IncorrectKeyException"},
	{Case: "Use/asymmetric", Shows: "got no error", Reason: "moto makes data keys under asymmetric keys"},
	{Case: "Use/pending import/*", Shows: "GetParametersForImport", Reason: "moto has no import of key material"},
	{Case: "Use/unavailable/*", Shows: "CreateCustomKeyStore", Reason: "moto has no custom key stores"},
	{Case: "NotFound/CreateGrant", Shows: "StatusCode: 500", Reason: "moto ends with a KeyError of Python's"},
	{Case: "NotFound/ListGrants", Shows: "StatusCode: 500", Reason: "moto ends with a KeyError of Python's"},
	{Case: "Grants/page size", Shows: `next ""`, Reason: "moto gives all grants on one page"},
	{Case: "Grants/unknown marker", Shows: "got no error", Reason: "moto gives all grants on one page, whatever the marker"},
	{Case: "Grants/dry run", Shows: "made 1 grants", Reason: "moto ignores DryRun"},
	{Case: "Grants/dry run twice", Shows: "made 2 grants", Reason: "moto ignores DryRun, and that grants of one name and content are one"},
}

// served are the uses that moto allows whatever a key's state and policy say.
func served() (out []conformance.Exception) {
	for _, operation := range []string{"GenerateDataKeyWithoutPlaintext", "GenerateDataKey", "Decrypt", "CreateGrant"} {
		for _, state := range []string{"disabled", "pending deletion"} {
			out = append(out, conformance.Exception{Case: "Use/" + state + "/" + operation, Shows: "got no error",
				Reason: "moto serves a key that is " + state})
		}
		out = append(out, conformance.Exception{Case: "Use/denied/" + operation, Shows: "got no error",
			Reason: "moto asks the key policy about DescribeKey only"})
	}
	return append(out, conformance.Exception{Case: "Use/denied/ListGrants", Shows: "got no error",
		Reason: "moto asks the key policy about DescribeKey only"})
}

// TestKeys_Moto passes the suite on moto, but for what that cannot do.
func TestKeys_Moto(t *testing.T) {
	mototest.Require(t, mototest.Tool)
	keystest.Run(t, func(t *testing.T) keystest.World { return motoWorld{t} }, append(served(), motoCannot...)...)
}
