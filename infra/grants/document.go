package grants

// Document returns a policy document of statements. [IAM guide, JSON policy elements]
func Document(statements ...map[string]any) map[string]any {
	return map[string]any{"Version": "2012-10-17", "Statement": statements}
}

// Policy returns the policy document of a role.
func Policy(statements []Statement) map[string]any {
	all := make([]map[string]any, len(statements))
	for i, s := range statements {
		all[i] = s.JSON()
	}
	return Document(all...)
}

// TLSOnly returns the statement of a resource's policy that refuses actions over
// a plain connection. [S3 guide, Security best practices; SQS guide, Security best practices]
func TLSOnly(action string, resources ...string) map[string]any {
	return map[string]any{
		"Sid": "TLSOnly", "Effect": "Deny", "Principal": "*", "Action": action, "Resource": resources,
		"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
	}
}
