package events

import (
	"encoding/json"
	"strings"
	"testing"
)

// brokenDetail is a sample with members of its detail set (nil: removed) and
// the field that is then at fault.
type brokenDetail struct {
	name, sample string
	set          map[string]any
	field        string
}

func brokenDetails() []brokenDetail {
	const other = "arn:aws:kms:eu-west-1:111122223333:key/" + keyID
	customer := func(arn string) map[string]any { return map[string]any{"choice": "customer", "arn": arn} }
	return []brokenDetail{
		{"tenant id with capitals", "tenant-created", map[string]any{"tenantId": "Blue"}, "detail.tenantId"},
		{"tenant id of one letter", "tenant-created", map[string]any{"tenantId": "b"}, "detail.tenantId"},
		{"tenant id with newline", "tenant-created", map[string]any{"tenantId": "blue\n"}, "detail.tenantId"},
		{"tenant id too long", "tenant-created", map[string]any{"tenantId": strings.Repeat("a", 41)}, "detail.tenantId"},
		{"sequence zero", "tenant-created", map[string]any{"sequence": 0}, "detail.sequence"},
		{"sequence a fraction", "tenant-created", map[string]any{"sequence": 1.5}, "detail.sequence"},
		{"sequence with a point", "tenant-created", map[string]any{"sequence": json.Number("1.0")}, "detail.sequence"},
		{"S3 size with exponent", "s3-object-created", map[string]any{"object": map[string]any{"key": "k", "size": json.Number("1e3")}}, "detail.object.size"},
		{"seats with a point", "license-updated", map[string]any{"license": map[string]any{"edition": "free", "seats": json.Number("3.0")}}, "detail.license.seats"},
		{"number in a list", "product-activated", map[string]any{"groups": []any{"a", json.Number("1e9")}}, "detail.groups[1]"},
		{"edition empty", "license-updated", map[string]any{"license": map[string]any{"edition": "", "seats": 1}}, "detail.license.edition"},
		{"sequence with exponent", "tenant-created", map[string]any{"sequence": json.Number("1e2")}, "detail.sequence"},
		{"sequence beyond numbers", "tenant-created", map[string]any{"sequence": json.Number("1e99999999")}, "detail.sequence"},
		{"seats far too many", "license-updated", map[string]any{"license": map[string]any{"edition": "free", "seats": json.Number("1e9999999999999999999")}}, "detail.license.seats"},
		{"sequence too large", "tenant-created", map[string]any{"sequence": json.Number("1e400")}, "detail.sequence"},
		{"host with capitals", "tenant-created", map[string]any{"hosts": []string{"ok.example.com", "Shop.example.com"}}, "detail.hosts[1]"},
		{"host without dot", "tenant-created", map[string]any{"hosts": []string{"localhost"}}, "detail.hosts[0]"},
		{"host twice", "tenant-created", map[string]any{"hosts": []string{"a.example.com", "a.example.com"}}, "detail.hosts"},
		{"too many hosts", "tenant-created", map[string]any{"hosts": strings.Fields(strings.Repeat("a.example.com ", 11))}, "detail.hosts"},
		{"unknown realm", "tenant-created", map[string]any{"realm": "MARS"}, "detail.realm"},
		{"region without cell", "tenant-created", map[string]any{"realm": nil, "region": "af-south-1"}, "detail.region"},
		{"region not of realm", "tenant-created", map[string]any{"region": "us-east-1"}, "detail.region"},
		{"country in words", "tenant-created", map[string]any{"signUpLocations": []string{"France"}}, "detail.signUpLocations[0]"},
		{"nowhere to be", "tenant-created.shared", map[string]any{"signUpLocations": nil}, "detail.realm"},
		{"unknown placement", "tenant-created", map[string]any{"placement": "cloud"}, "detail.placement"},
		{"customer key on a shard", "tenant-created", map[string]any{"placement": "shared"}, "detail.placement"},
		{"customer key without ARN", "tenant-created", map[string]any{"key": map[string]any{"choice": "customer"}}, "detail.key.arn"},
		{"key choice missing", "tenant-created", map[string]any{"key": map[string]any{}}, "detail.key.choice"},
		{"key choice unknown", "tenant-created", map[string]any{"key": map[string]any{"choice": "mine"}}, "detail.key.choice"},
		{"ARN of a platform key", "tenant-created", map[string]any{"key": map[string]any{"choice": "platform", "arn": keyARN}}, "detail.key.arn"},
		{"alias ARN", "tenant-created", map[string]any{"key": customer("arn:aws:kms:eu-central-1:111122223333:alias/a")}, "detail.key.arn"},
		{"bare key id", "tenant-created", map[string]any{"key": customer(keyID)}, "detail.key.arn"},
		{"key in region without cell", "tenant-created", map[string]any{"key": customer(strings.Replace(keyARN, "eu-central-1", "af-south-1", 1))}, "detail.key.arn"},
		{"key in another region", "tenant-created", map[string]any{"region": "eu-central-1", "key": customer(other)}, "detail.key.arn"},
		{"key in another realm", "tenant-created", map[string]any{"realm": "JP", "key": customer(keyARN)}, "detail.key.arn"},
		{"name in another case", "tenant-created", map[string]any{"Region": "eu-central-1"}, "detail.Region"},
		{"nested name in another case", "tenant-created", map[string]any{"key": map[string]any{"choice": "platform", "ARN": keyARN}}, "detail.key.ARN"},
		{"control character in name", "tenant-created", map[string]any{"name": "a\x00b"}, "detail.name"},
		{"negative grace", "tenant-destroyed", map[string]any{"graceDays": -1}, "detail.graceDays"},
		{"endless grace", "tenant-destroyed", map[string]any{"graceDays": 366}, "detail.graceDays"},
		{"no seats", "license-updated", map[string]any{"license": map[string]any{"edition": "free", "seats": 0}}, "detail.license.seats"},
		{"licence without edition", "license-updated", map[string]any{"license": map[string]any{"seats": 1}}, "detail.license.edition"},
		{"expiry in words", "license-updated", map[string]any{"license": map[string]any{"edition": "free", "seats": 1, "expiresAt": "soon"}}, "detail.license.expiresAt"},
		{"expiry at 31 February", "license-updated", map[string]any{"license": map[string]any{"edition": "free", "seats": 1, "expiresAt": "2026-02-31T00:00:00Z"}}, "detail.license.expiresAt"},
		{"product with capitals", "product-activated", map[string]any{"product": "Tracker"}, "detail.product"},
		{"setting not a string", "product-activated", map[string]any{"configuration": map[string]any{"a": 1}}, "detail.configuration.a"},
		{"setting with a strange name", "product-activated", map[string]any{"configuration": map[string]any{"a b": "1"}}, "detail.configuration.a b"},
		{"group twice", "product-activated", map[string]any{"groups": []string{"a", "a"}}, "detail.groups"},
		{"reason too long", "product-suspended", map[string]any{"reason": strings.Repeat("a", 4097)}, "detail.reason"},
		{"approval of an alias", "key-return-approved", map[string]any{"keyArn": "alias/mine"}, "detail.keyArn"},
		{"RDS event id", "rds-instance", map[string]any{"EventID": "RDS-EVENT-5"}, "detail.EventID"},
		{"KMS call of another service", "kms-call.disable-key", map[string]any{"eventSource": "rds.amazonaws.com"}, "detail.eventSource"},
		{"KMS call without time", "kms-call.disable-key", map[string]any{"eventTime": "now"}, "detail.eventTime"},
		{"KMS call's window", "kms-call.schedule-key-deletion", map[string]any{"requestParameters": map[string]any{"pendingWindowInDays": "7"}}, "detail.requestParameters.pendingWindowInDays"},
		{"KMS event about another key", "kms-deletion", map[string]any{"key-id": "0987dcba-09fe-87dc-65ba-ab0987654321"}, "detail.key-id"},
		{"S3 key empty", "s3-object-created", map[string]any{"object": map[string]any{"key": ""}}, "detail.object.key"},
		{"unknown member of ours", "key-locked", map[string]any{"color": "red"}, "detail.color"},
		{"key event without ARN", "key-locked", map[string]any{"keyArn": "alias/mine"}, "detail.keyArn"},
	}
}

func TestParse_Broken(t *testing.T) {
	for _, c := range brokenDetails() {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse(with(t, sample(t, c.sample), c.set))
			wantField(t, err, c.field)
		})
	}
}
