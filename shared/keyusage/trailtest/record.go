package trailtest

import "time"

// kind is one way in which a key is used; the shapes are those of the guides
// [KMS guide, AWS KMS log entries; RDS guide, AWS KMS key management].
type kind struct {
	weight    int
	operation string
	make      func(g *Generator, b []byte, k kind) []byte
}

var kinds = []kind{
	{30, "Decrypt", (*Generator).rds},
	{8, "GenerateDataKeyWithoutPlaintext", (*Generator).rds},
	{1, "CreateGrant", (*Generator).rds},
	{28, "Decrypt", (*Generator).envelope},
	{12, "GenerateDataKey", (*Generator).envelope},
	{10, "Decrypt", (*Generator).secret},
	{10, "DescribeKey", (*Generator).describe},
	{1, "Decrypt", (*Generator).denied},
}

func (g *Generator) kms(b []byte) []byte {
	n := g.rng.IntN(100)
	for _, k := range kinds {
		if n -= k.weight; n < 0 {
			return k.make(g, b, k)
		}
	}
	panic("trailtest: weights of the kinds do not add up to 100")
}

func (g *Generator) subject() (Tenant, Database) {
	t := g.World.Tenants[g.rng.IntN(len(g.World.Tenants))]
	return t, t.Databases[g.rng.IntN(len(t.Databases))]
}

// rds is a call that RDS makes under its grant.
func (g *Generator) rds(b []byte, k kind) []byte {
	t, d := g.subject()
	b = append(b, `{"eventVersion":"1.11","userIdentity":{"type":"AWSService","invokedBy":"rds.amazonaws.com"},`...)
	b = g.head(b, k.operation, "rds.amazonaws.com", "rds.amazonaws.com")
	context := `{"aws:rds:db-id":"` + d.ResourceID + `","aws:ebs:id":"` + d.VolumeID + `"}`
	switch k.operation {
	case "CreateGrant":
		b = append(b, `"requestParameters":{"granteePrincipal":"rds.us-east-1.amazonaws.com","operations":["Decrypt","GenerateDataKeyWithoutPlaintext","RetireGrant"],"constraints":{"encryptionContextSubset":`+context+`},"keyId":"`+t.KeyARN+`"},"responseElements":{"grantId":"`...)
		b = append(b, g.hex(64)...)
		b = append(b, `","keyId":"`+t.KeyARN+`"},`...)
	case "Decrypt":
		b = append(b, `"requestParameters":{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":`+context+`},"responseElements":null,`...)
	default:
		b = append(b, `"requestParameters":{"keyId":"`+t.KeyARN+`","numberOfBytes":64,"encryptionContext":`+context+`},"responseElements":null,`...)
	}
	g.note(Use{Tenant: t.ID, Database: d.ID, KeyARN: t.KeyARN, Operation: k.operation, Principal: "rds.amazonaws.com"})
	return g.tail(b, t, k.operation != "CreateGrant")
}

// envelope is a call of our own services, in a role's session.
func (g *Generator) envelope(b []byte, k kind) []byte {
	t, _ := g.subject()
	role := g.World.Roles[g.rng.IntN(len(g.World.Roles))]
	b = g.session(b, role, "")
	b = g.head(b, k.operation, "", "aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.23.4 md/GOOS#linux md/GOARCH#arm64 exec-env/AWS_Lambda_provided.al2023 api/kms#1.38.1 m/g,z")
	b = append(b, `"requestParameters":{"keyId":"`+t.KeyARN+`",`...)
	if k.operation == "GenerateDataKey" {
		b = append(b, `"keySpec":"AES_256",`...)
	} else {
		b = append(b, `"encryptionAlgorithm":"SYMMETRIC_DEFAULT",`...)
	}
	b = append(b, `"encryptionContext":{"latchkey:service":"orders","latchkey:tenant":"`+t.ID+`"}},"responseElements":null,`...)
	g.note(Use{Tenant: t.ID, KeyARN: t.KeyARN, Operation: k.operation, Principal: role})
	return g.tail(b, t, true)
}

// secret is a role's read of a secret through Secrets Manager.
func (g *Generator) secret(b []byte, k kind) []byte {
	t, d := g.subject()
	role := g.World.Roles[g.rng.IntN(len(g.World.Roles))]
	b = g.session(b, role, "secretsmanager.amazonaws.com")
	b = g.head(b, k.operation, "secretsmanager.amazonaws.com", "secretsmanager.amazonaws.com")
	b = append(b, `"requestParameters":{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"SecretARN":"`+d.SecretARN+`","SecretVersionId":"`...)
	b = g.appendUUID(b)
	b = append(b, `"}},"responseElements":null,`...)
	g.note(Use{Tenant: t.ID, Database: d.ID, KeyARN: t.KeyARN, Operation: k.operation, Principal: role})
	return g.tail(b, t, true)
}

func (g *Generator) describe(b []byte, k kind) []byte {
	t, _ := g.subject()
	role := g.World.Roles[0]
	b = g.session(b, role, "")
	b = g.head(b, k.operation, "", "aws-sdk-go-v2/1.36.3 ua/2.1 os/linux lang/go#1.23.4 md/GOOS#linux md/GOARCH#arm64 api/kms#1.38.1 m/g,z")
	b = append(b, `"requestParameters":{"keyId":"`+t.KeyARN+`"},"responseElements":null,`...)
	g.note(Use{Tenant: t.ID, KeyARN: t.KeyARN, Operation: k.operation, Principal: role})
	return g.tail(b, t, false)
}

func (g *Generator) denied(b []byte, k kind) []byte {
	t, _ := g.subject()
	role := g.World.Roles[len(g.World.Roles)-1]
	b = g.session(b, role, "")
	b = g.head(b, k.operation, "", "Boto3/1.34.11 md/Botocore#1.34.11 ua/2.0 os/linux#5.10 md/arch#x86_64 lang/python#3.12.1")
	b = append(b, `"errorCode":"AccessDenied","errorMessage":"User: `+role+` is not authorized to perform: kms:Decrypt on resource: `+t.KeyARN+` because no resource-based policy allows the kms:Decrypt action",`...)
	b = append(b, `"requestParameters":{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"latchkey:service":"orders","latchkey:tenant":"`+t.ID+`"}},"responseElements":null,`...)
	g.note(Use{Tenant: t.ID, KeyARN: t.KeyARN, Operation: k.operation, Principal: role, ErrorCode: "AccessDenied"})
	return g.tail(b, t, false)
}

// session is the userIdentity of an assumed role.
func (g *Generator) session(b []byte, role, service string) []byte {
	name := role[len("arn:aws:iam::111122223333:role/"):]
	b = append(b, `{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROA`...)
	b = append(b, g.letters(17)...)
	b = append(b, `:`+name+`-fn","arn":"arn:aws:sts::111122223333:assumed-role/`+name+`/`+name+`-fn","accountId":"111122223333","accessKeyId":"ASIA`...)
	b = append(b, g.letters(16)...)
	b = append(b, `","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLEEXAMPLE123","arn":"`+role+`","accountId":"111122223333","userName":"`+name+`"},"attributes":{`...)
	b = g.time(b, "creationDate", g.at.Add(-time.Duration(g.rng.IntN(3600))*time.Second))
	b = append(b, `,"mfaAuthenticated":"false"}}`...)
	if service != "" {
		b = append(b, `,"invokedBy":"`+service+`"`...)
	}
	return append(b, `},`...)
}

// head is the members from eventTime to userAgent. An empty source is an address.
func (g *Generator) head(b []byte, operation, source, agent string) []byte {
	b = g.time(b, "eventTime", g.at)
	b = append(b, `,"eventSource":"kms.amazonaws.com","eventName":"`+operation+`","awsRegion":"us-east-1","sourceIPAddress":"`...)
	if source == "" {
		b = g.ip(b)
	} else {
		b = append(b, source...)
	}
	b = append(b, `",`...)
	b = g.text(b, "userAgent", agent)
	return append(b, ',')
}

// tail is the members from additionalEventData to the end.
func (g *Generator) tail(b []byte, t Tenant, material bool) []byte {
	if material {
		b = append(b, `"additionalEventData":{"keyMaterialId":"`+t.KeyMaterialID+`"},`...)
	}
	b = g.ids(b)
	owner := t.KeyARN[len("arn:aws:kms:us-east-1:"):][:12]
	b = append(b, `,"readOnly":true,"resources":[{"accountId":"`+owner+`","type":"AWS::KMS::Key","ARN":"`+t.KeyARN+`"}],"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","sharedEventID":"`...)
	b = g.appendUUID(b)
	b = append(b, `","eventCategory":"Management"`...)
	if g.rng.IntN(2) == 0 {
		b = append(b, `,"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_256_GCM_SHA384","clientProvidedHostHeader":"kms.us-east-1.amazonaws.com","keyExchange":"x25519"}`...)
	}
	return append(b, '}')
}
