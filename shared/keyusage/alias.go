package keyusage

import "bytes"

var aliasARNPart = []byte(":alias/")

// Alias returns the ARN of the alias that the caller named the key by, where the
// record also says which key it meant; else both are empty. KMS names no key in
// the record of a call that it denied, and then the alias is all there is.
func (c *Counted) Alias() (alias, key string) {
	named := c.Record.Request.KeyID
	if !bytes.HasPrefix(named, aliasARNPart[1:]) && !bytes.Contains(named, aliasARNPart) {
		return "", ""
	}
	for _, arn := range c.Record.Resources {
		if isKeyARN(arn) {
			return keyARN(string(named), string(c.Record.Region), string(c.Record.Recipient)), string(arn)
		}
	}
	return "", ""
}
