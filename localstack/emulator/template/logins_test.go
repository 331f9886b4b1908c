package template

import (
	"encoding/json"
	"reflect"
	"testing"

	"latchkey/shared/coded"
)

func TestDeployed_DatabaseLogins(t *testing.T) {
	const own = "arn:aws:rds-db:eu-central-1:123456789012:dbuser:*/"
	for _, c := range []struct {
		name, statement string
		want            map[string][]string
		code            coded.Code
	}{
		{"some", `{"Effect":"Allow","Action":["rds-db:connect"],"Resource":[{"Fn::Sub":"arn:${AWS::Partition}:rds-db:${AWS::Region}:${AWS::AccountId}:dbuser:*/a"},"` + own + `b"]}`,
			map[string][]string{"role-of-fence": {own + "a", own + "b"}}, ""},
		{"one", `{"Effect":"Allow","Action":"rds-db:connect","Resource":"` + own + `a"}`, map[string][]string{"role-of-fence": {own + "a"}}, ""},
		{"of something else", `{"Effect":"Deny","Action":"s3:GetObject","Resource":{"Fn::GetAtt":["Nowhere","Arn"]}}`, map[string][]string{}, ""},
		{"a Deny", `{"Effect":"Deny","Action":"rds-db:connect","Resource":"*"}`, nil, coded.Invalid},
		{"a condition", `{"Effect":"Allow","Action":"rds-db:connect","Resource":"*","Condition":{"Bool":{}}}`, nil, coded.Invalid},
		{"all but some", `{"Effect":"Allow","Action":"rds-db:connect","NotResource":"*"}`, nil, coded.Invalid},
		{"what is not there", `{"Effect":"Allow","Action":"rds-db:connect","Resource":{"Ref":"Nowhere"}}`, nil, coded.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &Deployed{Resolver: Resolver{Account: "123456789012", Region: "eu-central-1", Physical: map[string]string{"Role": "role-of-fence"}}}
			text := `{"Resources":{"Role":{"Type":"AWS::IAM::Role","Properties":{"Policies":[{"PolicyDocument":{"Statement":[` + c.statement + `]}}]}}}}`
			if err := json.Unmarshal([]byte(text), &d.Declared); err != nil {
				t.Fatal(err)
			}
			got, err := d.DatabaseLogins()
			if !reflect.DeepEqual(got, c.want) || coded.Of(err) != c.code {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}
