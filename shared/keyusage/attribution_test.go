package keyusage_test

import (
	"bytes"
	"context"
	"testing"

	"latchkey/shared/keyusage"
)

const (
	keyA     = "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	keyB     = "arn:aws:kms:us-east-1:444455556666:key/bbbbabcd-12ab-34cd-56ef-1234567890ab"
	replicaA = "arn:aws:kms:us-west-2:444455556666:key/mrk-1234abcd12ab34cd56ef1234567890ab"
	platform = "arn:aws:kms:us-east-1:111122223333:key/99999999-12ab-34cd-56ef-1234567890ab"
)

// twoTenants is a directory with tenants a and b.
func twoTenants() *fleet {
	f := &fleet{databases: map[string]keyusage.Owner{}, resources: map[string]keyusage.Owner{}, keys: map[string]keyusage.Key{}, strangers: map[string]bool{}}
	a := keyusage.Key{ARN: keyA, Tenant: "a", Regions: []string{"us-east-1"}}
	f.keys[keyA], f.keys[replicaA] = a, a
	f.keys["arn:aws:kms:us-east-1:111122223333:alias/tenant-a"] = a
	f.keys[keyB] = keyusage.Key{ARN: keyB, Tenant: "b"}
	f.keys[platform] = keyusage.Key{ARN: platform}
	f.databases["db-A1"] = keyusage.Owner{Tenant: "a", Database: "a-1"}
	f.databases["cluster-A2"] = keyusage.Owner{Tenant: "a", Database: "a-2"}
	f.databases["db-B1"] = keyusage.Owner{Tenant: "b", Database: "b-1"}
	f.resources["arn:aws:secretsmanager:us-east-1:111122223333:secret:a-XyZ"] = keyusage.Owner{Tenant: "a", Database: "a-1"}
	f.resources["arn:aws:ssm:us-east-1:111122223333:parameter/a/x"] = keyusage.Owner{Tenant: "a"}
	f.resources["arn:aws:s3:::bucket-a"] = keyusage.Owner{Tenant: "a"}
	f.resources["vol-a"] = keyusage.Owner{Tenant: "a", Database: "a-1"}
	return f
}

// envelope puts members into a record that has everything else.
func envelope(members string) string {
	return `{"Records":[{"eventVersion":"1.11","eventTime":"2025-03-01T10:20:30Z","eventSource":"kms.amazonaws.com","awsRegion":"us-east-1",` +
		`"eventID":"6e2fcf0f-5d2b-4b0f-9d3f-0d9d3a1d3c11","recipientAccountId":"111122223333",` + members + `}]}`
}

func rollups(t *testing.T, dir keyusage.Directory, members string) []keyusage.Rollup {
	t.Helper()
	l := keyusage.NewLedger(keyusage.Config{Directory: dir})
	res, err := l.AddFile(context.Background(), "f", bytes.NewReader([]byte(envelope(members))))
	if err != nil || res.KMSRecords != 1 {
		t.Fatalf("%+v, %v", res, err)
	}
	return l.Rollups()
}

func TestLedger_Add_attribution(t *testing.T) {
	use := func(op, key, context string) string {
		return `"eventName":"` + op + `","requestParameters":{"encryptionContext":` + context + `},"resources":[{"ARN":"` + key + `"}]`
	}
	for name, c := range map[string]struct {
		record string
		want   keyusage.Attribution
	}{
		"instance": {use("Decrypt", keyA, `{"aws:ebs:id":"vol-x","aws:rds:db-id":"db-A1"}`),
			keyusage.Attribution{Tenant: "a", Database: "a-1", Purpose: keyusage.ForDatabase, KeyARN: keyA, Known: true}},
		"cluster": {use("Decrypt", keyA, `{"aws:rds:dbc-id":"cluster-A2"}`),
			keyusage.Attribution{Tenant: "a", Database: "a-2", Purpose: keyusage.ForDatabase, KeyARN: keyA, Known: true}},
		"unknown instance": {use("Decrypt", keyA, `{"aws:rds:db-id":"db-NEW"}`),
			keyusage.Attribution{Tenant: "a", Purpose: keyusage.ForDatabase, KeyARN: keyA, Known: true}},
		"volume": {use("Decrypt", keyA, `{"aws:ebs:id":"vol-a"}`),
			keyusage.Attribution{Tenant: "a", Database: "a-1", Purpose: keyusage.ForVolume, KeyARN: keyA, Known: true}},
		"secret": {use("Decrypt", platform, `{"SecretARN":"arn:aws:secretsmanager:us-east-1:111122223333:secret:a-XyZ","SecretVersionId":"1"}`),
			keyusage.Attribution{Tenant: "a", Database: "a-1", Purpose: keyusage.ForSecret, KeyARN: platform, Known: true}},
		"parameter": {use("Encrypt", platform, `{"PARAMETER_ARN":"arn:aws:ssm:us-east-1:111122223333:parameter/a/x"}`),
			keyusage.Attribution{Tenant: "a", Purpose: keyusage.ForParameter, KeyARN: platform, Known: true}},
		"object": {use("GenerateDataKey", keyA, `{"aws:s3:arn":"arn:aws:s3:::bucket-a/dir/object"}`),
			keyusage.Attribution{Tenant: "a", Purpose: keyusage.ForObjects, KeyARN: keyA, Known: true}},
		"own envelope": {use("Decrypt", platform, `{"latchkey:tenant":"b","latchkey:service":"orders"}`),
			keyusage.Attribution{Tenant: "b", Purpose: keyusage.ForApplication, KeyARN: platform, Known: true}},
		"another service": {use("Decrypt", keyA, `{"aws:sqs:arn":"arn:aws:sqs:us-east-1:1:q"}`),
			keyusage.Attribution{Tenant: "a", Purpose: keyusage.ForService, KeyARN: keyA, Known: true}},
		"own words": {use("Decrypt", keyA, `{"Department":"Engineering"}`),
			keyusage.Attribution{Tenant: "a", Purpose: keyusage.ForApplication, KeyARN: keyA, Known: true}},
		"no context": {use("Decrypt", keyA, `null`),
			keyusage.Attribution{Tenant: "a", Purpose: keyusage.ForUnknown, KeyARN: keyA, Known: true, Bare: true}},
		"signature": {use("Sign", keyB, `null`),
			keyusage.Attribution{Tenant: "b", Purpose: keyusage.ForSigning, KeyARN: keyB, Known: true, Bare: true}},
		"another tenant's database": {use("Decrypt", keyA, `{"aws:rds:db-id":"db-B1"}`),
			keyusage.Attribution{Tenant: "a", Purpose: keyusage.ForDatabase, KeyARN: keyA, Known: true, Foreign: "b"}},
		"two tenants under the platform's key": {use("Decrypt", platform, `{"aws:rds:db-id":"db-B1","latchkey:tenant":"a"}`),
			keyusage.Attribution{Tenant: "a", Purpose: keyusage.ForApplication, KeyARN: platform, Known: true, Foreign: "b"}},
		"replica in another Region": {`"eventName":"DescribeKey","awsRegion":"us-west-2","resources":[{"ARN":"` + replicaA + `"}]`,
			keyusage.Attribution{Tenant: "a", Purpose: keyusage.ForManagement, KeyARN: keyA, Known: true, Bare: true, WrongRegion: "us-west-2"}},
		"alias": {`"eventName":"GenerateDataKey","errorCode":"AccessDenied","requestParameters":{"keyId":"alias/tenant-a","encryptionContext":{"latchkey:tenant":"a"}}`,
			keyusage.Attribution{Tenant: "a", Purpose: keyusage.ForApplication, KeyARN: keyA, Known: true}},
		"key id": {`"eventName":"PutKeyPolicy","requestParameters":{"keyId":"99999999-12ab-34cd-56ef-1234567890ab"}`,
			keyusage.Attribution{Purpose: keyusage.ForManagement, KeyARN: platform, Known: true, Bare: true}},
		"grant": {`"eventName":"CreateGrant","requestParameters":{"keyId":"x","constraints":{"encryptionContextSubset":{"aws:rds:db-id":"db-A1"}}},"responseElements":{"keyId":"` + keyA + `"}`,
			keyusage.Attribution{Tenant: "a", Database: "a-1", Purpose: keyusage.ForDatabase, KeyARN: keyA, Known: true}},
		"key material": {use("Decrypt", keyA, `{"aws:rds:db-id":"db-A1"}`) + `,"additionalEventData":{"keyMaterialId":"abc"}`,
			keyusage.Attribution{Tenant: "a", Database: "a-1", Purpose: keyusage.ForDatabase, KeyARN: keyA, Known: true, Material: "abc"}},
		"unknown key": {use("Decrypt", "arn:aws:kms:us-east-1:1:key/zz", `{"aws:rds:db-id":"db-A1"}`),
			keyusage.Attribution{Tenant: "a", Database: "a-1", Purpose: keyusage.ForDatabase, KeyARN: "arn:aws:kms:us-east-1:1:key/zz"}},
		"object, of a key of the platform": {use("GenerateDataKey", platform, `{"aws:s3:arn":"arn:aws:s3:::bucket-a/dir/object"}`),
			keyusage.Attribution{Tenant: "a", Purpose: keyusage.ForObjects, KeyARN: platform, Known: true}},
		"grant with both constraints": {`"eventName":"CreateGrant","requestParameters":{"keyId":"` + platform + `","constraints":{"encryptionContextSubset":{"latchkey:tenant":"b"},"encryptionContextEquals":{"aws:rds:db-id":"db-A1","latchkey:tenant":"a"}}}`,
			keyusage.Attribution{Tenant: "a", Database: "a-1", Purpose: keyusage.ForApplication, KeyARN: platform, Known: true}},
		"denied, key in the message alone": {`"eventName":"Decrypt","errorCode":"AccessDenied","requestParameters":null,"errorMessage":"User: arn:aws:sts::111122223333:assumed-role/app/s is not authorized to perform: kms:Decrypt on resource: ` + keyA + ` because no resource-based policy allows the kms:Decrypt action"`,
			keyusage.Attribution{Tenant: "a", Purpose: keyusage.ForUnknown, KeyARN: keyA, Known: true, Bare: true}},
		"denied, key at the end of the message": {`"eventName":"DescribeKey","errorCode":"AccessDenied","errorMessage":"User: x is not authorized to perform: kms:DescribeKey on resource: ` + keyB + `"`,
			keyusage.Attribution{Tenant: "b", Purpose: keyusage.ForManagement, KeyARN: keyB, Known: true, Bare: true}},
		"denied, parameters before the message": {`"eventName":"DescribeKey","errorCode":"AccessDenied","requestParameters":{"keyId":"` + keyA + `"},"errorMessage":"on resource: ` + keyB + `"`,
			keyusage.Attribution{Tenant: "a", Purpose: keyusage.ForManagement, KeyARN: keyA, Known: true, Bare: true}},
		"denied, no key in the message": {`"eventName":"ListKeys","errorCode":"AccessDenied","errorMessage":"User: x is not authorized to perform: kms:ListKeys on resource: *"`,
			keyusage.Attribution{Purpose: keyusage.ForManagement, Bare: true}},
		"no key": {`"eventName":"GenerateRandom"`,
			keyusage.Attribution{Purpose: keyusage.ForManagement, Bare: true}},
		"new operation": {`"eventName":"EntangleKey","resources":[{"ARN":"` + keyA + `"}]`,
			keyusage.Attribution{Tenant: "a", Purpose: keyusage.ForUnknown, KeyARN: keyA, Known: true, Bare: true}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := rollups(t, twoTenants(), c.record); len(got) != 1 || got[0].Attribution != c.want {
				t.Errorf("%+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestLedger_Add_principal(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/"
	for name, c := range map[string]struct {
		identity string
		want     keyusage.Principal
	}{
		"user":                     {`{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/eve","accountId":"111122223333"}`, keyusage.Principal{ID: "arn:aws:iam::111122223333:user/eve"}},
		"user via service":         {`{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/eve","invokedBy":"secretsmanager.amazonaws.com"}`, keyusage.Principal{ID: "arn:aws:iam::111122223333:user/eve", Via: "secretsmanager.amazonaws.com"}},
		"role":                     {`{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/app/i-0abc","sessionContext":{"sessionIssuer":{"arn":"` + role + `path/app"}}}`, keyusage.Principal{ID: role + "path/app"}},
		"role, no issuer":          {`{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/app/i-0abc"}`, keyusage.Principal{ID: role + "app"}},
		"web identity":             {`{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/app/s","sessionContext":{"sessionIssuer":{"arn":"` + role + `app"},"webIdFederationData":{"federatedProvider":"arn:aws:iam::1:oidc-provider/eks"}}}`, keyusage.Principal{ID: role + "app", Provider: "arn:aws:iam::1:oidc-provider/eks"}},
		"identity center":          {`{"type":"AssumedRole","arn":"arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin_1/eve@example.com","sessionContext":{"sessionIssuer":{"arn":"` + role + `aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1"}}}`, keyusage.Principal{ID: role + "aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1/eve@example.com"}},
		"SAML":                     {`{"type":"SAMLUser","principalId":"id:eve","identityProvider":"idp"}`, keyusage.Principal{ID: "/id", Provider: "idp"}},
		"federated user":           {`{"type":"FederatedUser","arn":"arn:aws:sts::111122223333:federated-user/eve","accountId":"111122223333"}`, keyusage.Principal{ID: "arn:aws:sts::111122223333:federated-user/eve"}},
		"federated, by a user":     {`{"type":"FederatedUser","principalId":"1:Bob","arn":"arn:aws:sts::111122223333:federated-user/Bob","accountId":"111122223333","sessionContext":{"sessionIssuer":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/Alice"}}}`, keyusage.Principal{ID: "arn:aws:sts::111122223333:federated-user/Bob"}},
		"on behalf of a user":      {`{"type":"IdentityCenterUser","accountId":"111122223333","onBehalfOf":{"userId":"544894e8-80c1-707f-60e3-3ba6510dfac1","identityStoreArn":"arn:aws:identitystore::111122223333:identitystore/d-1"}}`, keyusage.Principal{ID: "111122223333/544894e8-80c1-707f-60e3-3ba6510dfac1"}},
		"on behalf, via a service": {`{"type":"IdentityCenterUser","accountId":"111122223333","invokedBy":"q.amazonaws.com","onBehalfOf":{"userId":"544894e8"}}`, keyusage.Principal{ID: "111122223333/544894e8", Via: "q.amazonaws.com"}},
		"service by its address":   {`{"type":"AWSService"},"sourceIPAddress":"backup.amazonaws.com"`, keyusage.Principal{ID: "backup.amazonaws.com"}},
		"root":                     {`{"type":"Root","arn":"arn:aws:iam::111122223333:root","accountId":"111122223333"}`, keyusage.Principal{ID: "arn:aws:iam::111122223333:root"}},
		"service":                  {`{"type":"AWSService","invokedBy":"rds.amazonaws.com"}`, keyusage.Principal{ID: "rds.amazonaws.com"}},
		"KMS's own":                {`{"accountId":"111122223333","invokedBy":"AWS Internal"}`, keyusage.Principal{ID: "AWS Internal"}},
		"another account's":        {`{"type":"AWSAccount","principalId":"AROAEXAMPLE:session","accountId":"999999999999"}`, keyusage.Principal{ID: "999999999999/AROAEXAMPLE"}},
		"China":                    {`{"type":"AssumedRole","arn":"arn:aws-cn:sts::1:assumed-role/app/s"}`, keyusage.Principal{ID: "arn:aws-cn:iam::1:role/app"}},
		"none":                     {`null`, keyusage.Principal{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := rollups(t, twoTenants(), `"eventName":"Decrypt","userIdentity":`+c.identity)
			if len(got) != 1 || got[0].Principal != c.want {
				t.Errorf("%+v, want %+v", got[0].Principal, c.want)
			}
		})
	}
}
