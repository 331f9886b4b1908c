package awserror

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"latchkey/shared/coded"
)

// sdk names each service's table beside its package in the SDK.
var sdk = []struct {
	service, id, module string
	classes             classes
	errors              int // how many typed errors there are at least, lest the reader below finds none
}{
	{serviceRDS, rds.ServiceID, "rds", rdsClasses, 140},
	{serviceKMS, kms.ServiceID, "kms", kmsClasses, 45},
	{serviceDynamoDB, dynamodb.ServiceID, "dynamodb", dynamodbClasses, 30},
	{serviceEventBridge, eventbridge.ServiceID, "eventbridge", eventbridgeClasses, 12},
	{serviceSecretsManager, secretsmanager.ServiceID, "secretsmanager", secretsmanagerClasses, 12},
	{serviceLambda, lambda.ServiceID, "lambda", lambdaClasses, 50},
	{serviceS3, s3.ServiceID, "s3", s3Classes, 20},
}

// TestClasses_Complete reads the SDK's source: every error that it has a type
// for has exactly one class.
func TestClasses_Complete(t *testing.T) {
	for _, s := range sdk {
		t.Run(s.service, func(t *testing.T) {
			if s.service != s.id {
				t.Errorf("the SDK's id is %q", s.id)
			}
			codes := typedErrors(t, s.module)
			if len(codes) < s.errors {
				t.Fatalf("found %d typed errors, expected at least %d", len(codes), s.errors)
			}
			for name, code := range codes {
				if _, ok := services[s.service][code]; !ok {
					t.Errorf("%s (%s) has no class", name, code)
				}
			}
		})
	}
}

func TestClasses_Once(t *testing.T) {
	tables := map[string]classes{"any": anyClasses}
	for _, s := range sdk {
		tables[s.service] = s.classes
	}
	for name, table := range tables {
		seen := map[string]bool{}
		for _, codes := range table {
			for _, code := range codes {
				if seen[code] {
					t.Errorf("%s: %s is listed twice", name, code)
				}
				seen[code] = true
			}
		}
	}
}

// TestClasses_Throttling compares with what the SDK itself tries again.
func TestClasses_Throttling(t *testing.T) {
	codes := map[string]struct{}{}
	for code := range retry.DefaultThrottleErrorCodes {
		codes[code] = struct{}{}
	}
	for code := range retry.DefaultRetryableErrorCodes {
		codes[code] = struct{}{}
	}
	if len(codes) < 10 {
		t.Fatalf("%d codes", len(codes))
	}
	for code := range codes {
		// A limit of KMS or EventBridge on what may exist is called this too.
		if class := anyService[code]; class != coded.Retryable && code != "LimitExceededException" {
			t.Errorf("%s is %q", code, class)
		}
	}
}

// typedErrors returns the error codes of a service's types/errors.go by type.
func typedErrors(t *testing.T, module string) map[string]string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2/service/"+module).Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	path := filepath.Join(strings.TrimSpace(string(out)), "types", "errors.go")
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]string{}
	for _, d := range file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Name.Name != "ErrorCode" || fn.Recv == nil {
			continue
		}
		name := fn.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			if codes[name], err = strconv.Unquote(lit.Value); err != nil {
				t.Fatal(err)
			}
			return false
		})
		if codes[name] == "" {
			t.Errorf("%s: no code found", name)
		}
	}
	return codes
}
