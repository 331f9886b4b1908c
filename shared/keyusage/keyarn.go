package keyusage

import "strings"

// keyARN completes a key id or an alias name to an ARN of the account and
// Region that the call was logged in.
func keyARN(key, region, account string) string {
	if key == "" || strings.HasPrefix(key, "arn:") {
		return key
	}
	if !strings.HasPrefix(key, "alias/") {
		key = "key/" + key
	}
	return "arn:" + partition(region) + ":kms:" + region + ":" + account + ":" + key
}

// partition of a Region. [AWS General Reference, Amazon Resource Names]
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
}
