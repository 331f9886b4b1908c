package main

import (
	"slices"
	"strings"
	"testing"

	"latchkey/infra/network/synthtest"
	"latchkey/shared/catalog/dynamodb/schema"
)

// TestTables holds that every table is the schema's, protected and kept.
func TestTables(t *testing.T) {
	everyStack(t, func(t *testing.T, tmpl synthtest.Template) {
		tables, d := tmpl.Of("AWS::DynamoDB::Table"), schema.Table()
		if len(tables) != 1 {
			t.Fatalf("%d tables", len(tables))
		}
		for id, r := range tables {
			kept(t, id, r)
			p := r.Properties
			same(t, id, p, map[string]any{
				"BillingMode": "PAY_PER_REQUEST", "DeletionProtectionEnabled": true,
				"PointInTimeRecoverySpecification": map[string]any{"PointInTimeRecoveryEnabled": true},
				"TimeToLiveSpecification":          map[string]any{"AttributeName": d.TTL, "Enabled": true},
				"StreamSpecification":              map[string]any{"StreamViewType": d.StreamView},
				"KeySchema":                        keys(d.Partition, d.Sort),
				"SSESpecification":                 map[string]any{"SSEEnabled": false}, // a key of DynamoDB's own: see parts.NewTable
			})
			types := map[string]schema.Type{}
			for _, a := range p["AttributeDefinitions"].([]any) {
				types[text(part(a, "AttributeName"))] = schema.Type(text(part(a, "AttributeType")))
			}
			hasTypes(t, types, d.Partition, d.Sort)
			indexed(t, p, d, types)
		}
	})
}

func keys(partition, sort schema.Attribute) []any {
	return []any{
		map[string]any{"AttributeName": partition.Name, "KeyType": "HASH"},
		map[string]any{"AttributeName": sort.Name, "KeyType": "RANGE"},
	}
}

func hasTypes(t *testing.T, types map[string]schema.Type, attributes ...schema.Attribute) {
	t.Helper()
	for _, a := range attributes {
		if types[a.Name] != a.Type {
			t.Errorf("attribute %s is of type %q, want %q", a.Name, types[a.Name], a.Type)
		}
	}
}

func indexed(t *testing.T, p map[string]any, d schema.Definition, types map[string]schema.Type) {
	t.Helper()
	made := p["GlobalSecondaryIndexes"].([]any)
	if len(made) != len(d.Indexes) {
		t.Errorf("%d indexes, the schema has %d", len(made), len(d.Indexes))
	}
	for i, x := range d.Indexes {
		projection := map[string]any{"ProjectionType": "KEYS_ONLY"}
		if len(x.Include) > 0 {
			projection = map[string]any{"NonKeyAttributes": x.Include, "ProjectionType": "INCLUDE"}
		}
		same(t, "index "+x.Name, made[i].(map[string]any), map[string]any{
			"IndexName": x.Name, "KeySchema": keys(x.Partition, x.Sort), "Projection": projection,
		})
		hasTypes(t, types, x.Partition, x.Sort)
	}
}

// TestBuckets holds that no bucket can be public, that all are encrypted, speak
// TLS only, keep versions, tidy up and log, and stay.
func TestBuckets(t *testing.T) {
	tmpl := oneCell(t)
	buckets := tmpl.Of("AWS::S3::Bucket")
	if len(buckets) != 3 {
		t.Errorf("%d buckets", len(buckets))
	}
	for id, r := range buckets {
		kept(t, id, r)
		same(t, id, r.Properties, map[string]any{
			"PublicAccessBlockConfiguration": map[string]any{"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true},
			"VersioningConfiguration":        map[string]any{"Status": "Enabled"},
			"OwnershipControls":              map[string]any{"Rules": []any{map[string]any{"ObjectOwnership": "BucketOwnerEnforced"}}},
		})
		algorithm := "aws:kms"
		if id == "AccessLogBucket" {
			algorithm = "AES256" // the only one that access logs can have [S3 guide, Enabling server access logging]
		} else if r.Properties["LoggingConfiguration"] == nil {
			t.Errorf("%s is not logged", id)
		}
		if got := synthtest.Text(r.Properties["BucketEncryption"]); !strings.Contains(got, `"SSEAlgorithm":"`+algorithm+`"`) {
			t.Errorf("%s is encrypted so: %s", id, got)
		}
		// The trail's bucket has no bucket key, for which CloudTrail would need
		// kms:Decrypt. [CloudTrail guide, Configuring AWS KMS key policies for CloudTrail]
		if got, want := strings.Contains(synthtest.Text(r.Properties["BucketEncryption"]), `"BucketKeyEnabled":true`), id == "LedgerBucket"; got != want {
			t.Errorf("%s has a bucket key: %v", id, got)
		}
		if got := synthtest.Text(r.Properties["LifecycleConfiguration"]); !strings.Contains(got, "AbortIncompleteMultipartUpload") || !strings.Contains(got, "NoncurrentVersionExpiration") {
			t.Errorf("%s is never tidied: %s", id, got)
		}
		bucketPolicy(t, id, tmpl.Resources[id+"Policy"].Properties["PolicyDocument"])
	}
}

func bucketPolicy(t *testing.T, id string, document any) {
	t.Helper()
	statements, _ := part(document, "Statement").([]any)
	tls := false
	for _, s := range statements {
		if part(s, "Effect") == "Deny" {
			resources := texts(part(s, "Resource"))
			tls = part(s, "Condition", "Bool", "aws:SecureTransport") == "false" && part(s, "Principal") == "*" &&
				slices.Equal(resources, []string{"${" + id + ".Arn}", "${" + id + ".Arn}/*"})
			continue
		}
		if part(s, "Principal", "Service") == nil || part(s, "Condition") == nil {
			t.Errorf("%s lets in %s", id, synthtest.Text(s))
		}
	}
	if !tls {
		t.Errorf("%s can be had without TLS", id)
	}
}

// TestTrail holds that the trail proves its files complete, and that the ledger
// is told of each.
func TestTrail(t *testing.T) {
	tmpl := oneCell(t)
	same(t, "Trail", tmpl.Resources["Trail"].Properties, map[string]any{
		"IsLogging": true, "EnableLogFileValidation": true, "IsMultiRegionTrail": false,
		"KMSKeyId": map[string]any{"Fn::GetAtt": []any{"PlatformKey", "Arn"}}, "S3BucketName": map[string]any{"Ref": "TrailBucket"},
		"EventSelectors": []any{map[string]any{"IncludeManagementEvents": true, "ReadWriteType": "All"}},
	})
	if part(tmpl.Resources["TrailBucket"].Properties, "NotificationConfiguration", "EventBridgeConfiguration", "EventBridgeEnabled") != true {
		t.Error("nobody is told of the trail's files")
	}
	if depends := synthtest.Text(tmpl.Resources["Trail"].DependsOn); !strings.Contains(depends, "TrailBucketPolicy") {
		t.Errorf("the trail does not wait for its bucket's policy: %s", depends)
	}
}

// TestKeys holds that keys rotate, stay, and serve nobody without a condition.
func TestKeys(t *testing.T) {
	everyStack(t, func(t *testing.T, tmpl synthtest.Template) {
		for id, r := range tmpl.Of("AWS::KMS::Key") {
			kept(t, id, r)
			if r.Properties["EnableKeyRotation"] != true {
				t.Errorf("%s does not rotate", id)
			}
			statements, _ := part(r.Properties["KeyPolicy"], "Statement").([]any)
			for _, s := range statements {
				account := text(part(s, "Principal", "AWS")) == "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"
				if service := part(s, "Principal", "Service"); !account && (service == nil || part(s, "Condition") == nil) {
					t.Errorf("%s serves %s", id, synthtest.Text(s))
				}
			}
		}
	})
}

// TestLogGroups holds that nothing is kept for ever.
func TestLogGroups(t *testing.T) {
	everyStack(t, func(t *testing.T, tmpl synthtest.Template) {
		groups := tmpl.Of("AWS::Logs::LogGroup")
		for id, r := range groups {
			if days, _ := r.Properties["RetentionInDays"].(float64); days < 7 {
				t.Errorf("%s is kept for %v days", id, r.Properties["RetentionInDays"])
			}
		}
		for _, f := range placed(tmpl) {
			if _, ok := groups[partsID(f.Name)+"Logs"]; !ok {
				t.Errorf("%s has no log group: Lambda would make one that is kept for ever", f.Name)
			}
		}
	})
}
