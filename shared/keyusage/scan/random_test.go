package scan

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// names are members that a record has, at whatever depth they turn up.
var names = []string{
	`"eventSource"`, `"event\u0053ource"`, `"eventID"`, `"eventCategory"`, `"errorMessage"`, `"userIdentity"`, `"arn"`, `"type"`, `"onBehalfOf"`, `"userId"`,
	`"requestParameters"`, `"encryptionContext"`, `"constraints"`, `"encryptionContextSubset"`, `"encryptionContextEquals"`, `"resources"`, `"ARN"`,
	`"sessionContext"`, `"sessionIssuer"`, `"responseElements"`, `"additionalEventData"`, `"keyMaterialId"`, `"keyId"`, `"\u006beyId"`,
}

// inside are the members that matter where they are.
var inside = map[string][]string{
	`"requestParameters"`: {`"encryptionContext"`, `"constraints"`, `"keyId"`},
	`"constraints"`:       {`"encryptionContextSubset"`, `"encryptionContextEquals"`},
	`"userIdentity"`:      {`"arn"`, `"type"`, `"sessionContext"`, `"onBehalfOf"`},
	`"sessionContext"`:    {`"sessionIssuer"`},
	`"sessionIssuer"`:     {`"arn"`},
	`"onBehalfOf"`:        {`"userId"`},
	`"resources"`:         {`"ARN"`},
}

// nameIn picks a member's name, mostly one that matters.
func nameIn(rng *rand.Rand, parent string) string {
	if list := inside[parent]; list != nil && rng.IntN(4) > 0 {
		return list[rng.IntN(len(list))]
	}
	if parent == "" && rng.IntN(3) == 0 {
		return `"requestParameters"`
	}
	return names[rng.IntN(len(names))]
}

var leaves = []string{
	`"kms.amazonaws.com"`, `"ec2"`, `null`, `true`, `1e309`, `-0.0E-5`, `""`, `"\u0000"`, `"\ud83d\u0041"`, "\"\xff\xc3\"", `"x y z long text that is plain"`,
}

// anyValue makes a value whose members are out of place, of any type, and often
// there several times.
func anyValue(rng *rand.Rand, parent string, depth int) string {
	var parts []string
	switch kind := rng.IntN(4); {
	case (kind == 0 || kind == 3) && depth < 5:
		for range rng.IntN(6) {
			name := nameIn(rng, parent)
			parts = append(parts, name+":"+anyValue(rng, name, depth+1))
		}
		return "{" + strings.Join(parts, ",") + "}"
	case kind == 1 && depth > 0 && depth < 5:
		for range rng.IntN(4) {
			parts = append(parts, anyValue(rng, parent, depth+1))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case depth == 0:
		return "{}"
	default:
		return leaves[rng.IntN(len(leaves))]
	}
}

// Whatever members a record has, in whatever order and however often, what is
// read of it is what encoding/json reads. One scanner reads all, so that what it
// learned of one record meets the others.
func TestScanner_File_random(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	s := New(Limits{})
	for n := range 6000 {
		var records []string
		for range 1 + rng.IntN(4) {
			r := anyValue(rng, "", 0)
			if rng.IntN(2) == 0 {
				r = strings.Replace(`{"eventVersion":"1","eventSource":"kms.amazonaws.com",`+r[1:], ",}", "}", 1)
			}
			records = append(records, r)
		}
		doc := fmt.Appendf(nil, `{"n":%d,"Records":[%s]}`, n, strings.Join(records, ","))
		want, count, ok := referenceFile(doc)
		if !ok {
			t.Fatalf("encoding/json does not read %s", doc)
		}
		got, res, err := collect(t, s, doc)
		if err != nil || res.Records != int64(count) || res.BrokenRecords != 0 {
			t.Fatalf("%v, %+v, want %d records: %s", err, res, count, doc)
		}
		if same(t, got, want); t.Failed() {
			t.Fatalf("in %s", doc)
		}
	}
}
