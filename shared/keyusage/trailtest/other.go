package trailtest

// otherCall is a call of another service.
type otherCall struct{ source, name, request, response string }

// The last ones are traps: text and objects that look like a KMS record.
var otherCalls = []otherCall{
	{"ec2.amazonaws.com", "DescribeInstances", `{"maxResults":1000,"instancesSet":{},"filterSet":{"items":[{"name":"instance-state-name","valueSet":{"items":[{"value":"running"},{"value":"pending"}]}}]}}`, `null`},
	{"s3.amazonaws.com", "GetBucketAcl", `{"bucketName":"latchkey-cell-artifacts","Host":"latchkey-cell-artifacts.s3.us-east-1.amazonaws.com","acl":""}`, `null`},
	{"sts.amazonaws.com", "AssumeRole", `{"roleArn":"arn:aws:iam::111122223333:role/latchkey-service-01","roleSessionName":"latchkey-service-01-fn","durationSeconds":3600}`, `{"credentials":{"accessKeyId":"ASIAEXAMPLE","sessionToken":"IQoJb3JpZ2luX2VjEHIaCXVzLWVhc3QtMSJHMEUCIQDx7Qk","expiration":"Mar 1, 2025, 1:00:00 AM"},"assumedRoleUser":{"assumedRoleId":"AROAEXAMPLE:fn","arn":"arn:aws:sts::111122223333:assumed-role/latchkey-service-01/fn"}}`},
	{"rds.amazonaws.com", "DescribeDBInstances", `{"dBInstanceIdentifier":"t-00001-db-1"}`, `null`},
	{"dynamodb.amazonaws.com", "DescribeTable", `{"tableName":"latchkey"}`, `null`},
	{"ssm.amazonaws.com", "SendCommand", `{"documentName":"AWS-RunShellScript","parameters":{"commands":["echo \"{\\\"eventSource\\\":\\\"kms.amazonaws.com\\\"}\" > C:\\tmp\\"]}}`, `null`},
	{"lambda.amazonaws.com", "Invoke", `{"payload":{"eventVersion":"1.08","eventSource":"kms.amazonaws.com","eventName":"Decrypt","requestParameters":{"encryptionContext":{"aws:rds:db-id":"db-TRAP"}}}}`, `{"eventSource":"kms.amazonaws.com"}`},
}

func (g *Generator) other(b []byte) []byte {
	c := otherCalls[g.rng.IntN(len(otherCalls))]
	b = g.session(b, g.World.Roles[g.rng.IntN(len(g.World.Roles))], "")
	b = g.time(b, "eventTime", g.at)
	b = append(b, `,"eventSource":"`+c.source+`","eventName":"`+c.name+`","awsRegion":"us-east-1","sourceIPAddress":"`...)
	b = g.ip(b)
	b = append(b, `","userAgent":"APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.74.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.32.3 ua/2.1 os/linux lang/go#1.23.2","requestParameters":`+c.request+`,"responseElements":`+c.response+`,`...)
	b = g.ids(b)
	return append(b, `,"readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"`+c.source+`"}}`...)
}
