package template

// key returns the key and its alias. Neither deleting the stack nor replacing
// the resource deletes the key: that is an order of its own, which Latchkey
// takes for a revocation.
func key() (object, error) {
	policy, err := substituted(object{"Version": "2012-10-17", "Statement": statements()})
	if err != nil {
		return nil, err
	}
	return object{
		"Key": when("MakeKey", object{
			"Type":                "AWS::KMS::Key",
			"DeletionPolicy":      "Retain",
			"UpdateReplacePolicy": "Retain",
			"Properties": object{
				"Description":         sub("Databases of the tenant ${TenantId} on Latchkey"),
				"KeySpec":             "SYMMETRIC_DEFAULT",
				"KeyUsage":            "ENCRYPT_DECRYPT",
				"EnableKeyRotation":   true,
				"PendingWindowInDays": ref("DeletionWindowDays"),
				"KeyPolicy":           policy,
				"Tags":                tags(),
			},
		}),
		"KeyAlias": when("MakeKey", object{
			"Type": "AWS::KMS::Alias",
			"Properties": object{
				"AliasName":   sub("alias/latchkey/${TenantId}"),
				"TargetKeyId": ref("Key"),
			},
		}),
	}, nil
}
