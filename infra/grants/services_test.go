package grants

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"latchkey/shared/deployment"
)

// TestServices holds what AWS's services are let do, word for word.
func TestServices(t *testing.T) {
	const service = `"Effect":"Allow","Principal":{"Service":"`
	for name, test := range map[string]struct {
		got  any
		want string
	}{
		// No kms:Decrypt: the trail's bucket has no bucket key. [CloudTrail guide,
		// Configuring AWS KMS key policies for CloudTrail]
		"trail's key": {TrailUsesKey("t"), `{"Action":["kms:DescribeKey","kms:GenerateDataKey*"],` +
			`"Condition":{"StringEquals":{"aws:SourceArn":"arn:${AWS::Partition}:cloudtrail:${AWS::Region}:${AWS::AccountId}:trail/t"}},` +
			service + `cloudtrail.amazonaws.com"},"Resource":"*","Sid":"Trail"}`},
		// [CloudTrail guide, Amazon S3 bucket policy for CloudTrail]
		"trail's bucket": {TrailDelivers("t", "b", "p/"), `[{"Action":"s3:GetBucketAcl",` +
			`"Condition":{"StringEquals":{"aws:SourceArn":"arn:${AWS::Partition}:cloudtrail:${AWS::Region}:${AWS::AccountId}:trail/t"}},` +
			service + `cloudtrail.amazonaws.com"},"Resource":"arn:${AWS::Partition}:s3:::b","Sid":"TrailLooks"},` +
			`{"Action":"s3:PutObject","Condition":{"StringEquals":{"aws:SourceArn":"arn:${AWS::Partition}:cloudtrail:${AWS::Region}:${AWS::AccountId}:trail/t",` +
			`"s3:x-amz-acl":"bucket-owner-full-control"}},` +
			service + `cloudtrail.amazonaws.com"},"Resource":"arn:${AWS::Partition}:s3:::b/p/AWSLogs/${AWS::AccountId}/*","Sid":"TrailWrites"}]`},
		// [SNS guide, Key management]
		"alarms' key": {AlarmsUseKey(), `{"Action":["kms:Decrypt","kms:GenerateDataKey"],` +
			`"Condition":{"StringEquals":{"aws:SourceAccount":"${AWS::AccountId}"}},` +
			service + `cloudwatch.amazonaws.com"},"Resource":"*","Sid":"Alarms"}`},
		// [S3 guide, Enabling Amazon S3 server access logging]
		"access logs": {AccessLogsDelivered("b"), `{"Action":"s3:PutObject","Condition":{"StringEquals":{"aws:SourceAccount":"${AWS::AccountId}"}},` +
			service + `logging.s3.amazonaws.com"},"Resource":"arn:${AWS::Partition}:s3:::b/*","Sid":"AccessLogs"}`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := json.Marshal(test.got)
			if err != nil || string(got) != test.want {
				t.Errorf("it says %s (%v)\nwant %s", got, err, test.want)
			}
		})
	}
}

// tokenUsers are the users that the code behind fence asks tokens for, by how it
// writes them.
var tokenUsers = map[string]string{
	"deployment.FenceRole": "latchkey_fence",
	"master.Username":      "latchkey", // the secret's, which Config.Master must equal
	"at.Role":              "t_*",      // check allows no other name
}

// TestLogins_Tokens holds that fence may log in as each user that it asks a token
// for, and as nobody else.
func TestLogins_Tokens(t *testing.T) {
	found := map[string]bool{}
	paths, err := filepath.Glob("../../shared/inside/postgres/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !strings.HasSuffix(types.ExprString(call.Fun), ".tokens.Token") {
				return true
			}
			user := types.ExprString(call.Args[len(call.Args)-1])
			if tokenUsers[user] == "" {
				t.Errorf("%s asks a token for %s: is fence allowed to log in as it?", path, user)
			}
			found[tokenUsers[user]] = true
			return true
		})
	}
	var may []string
	for _, s := range logins(testPlace) {
		if slices.Contains(s.Actions, "rds-db:connect") {
			for _, r := range s.Resources {
				may = append(may, strings.TrimPrefix(r, "arn:${AWS::Partition}:rds-db:"+own+"dbuser:*/"))
			}
		}
	}
	slices.Sort(may)
	if want := slices.Sorted(maps.Keys(found)); !slices.Equal(may, want) {
		t.Errorf("fence may log in as %v, and asks tokens for %v", may, want)
	}
	main, err := os.ReadFile("../../functions/fence/main.go")
	if err != nil || !strings.Contains(string(main), "Master: deployment.MasterUser}") || deployment.MasterUser != tokenUsers["master.Username"] {
		t.Errorf("the master user of fence is not deployment.MasterUser, %q: %v", deployment.MasterUser, err)
	}
}
