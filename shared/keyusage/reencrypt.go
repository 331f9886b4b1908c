package keyusage

import (
	"bytes"

	"latchkey/shared/keyusage/scan"
)

// reEncryptKeys tells the two keys of a ReEncrypt apart: resources lists both,
// in an order that the guide does not promise, and the parameters may name them
// by alias. Where one parameter means one of the ARNs, the other ARN is the other
// key's; where none does, the order is taken for from, to.
func reEncryptKeys(rec *scan.Record) (from, to []byte) {
	from, to = rec.Request.SourceKeyID, rec.Request.DestinationKeyID
	arns := twoKeyARNs(rec.Resources)
	i, j := -1, -1
	for n, arn := range arns {
		if arn != nil && names(from, arn) {
			i = n
		}
		if arn != nil && names(to, arn) {
			j = n
		}
	}
	switch {
	case i >= 0 && j >= 0:
		return arns[i], arns[j]
	case i >= 0:
		return arns[i], rather(to, arns[1-i])
	case j >= 0:
		return rather(from, arns[1-j]), arns[j]
	case arns[1] == nil && len(from) > 0:
		return from, rather(to, arns[0])
	default:
		return rather(from, arns[0]), rather(to, arns[1])
	}
}

// twoKeyARNs returns the first two ARNs of keys; nil stands for one that is missing.
func twoKeyARNs(resources [][]byte) (arns [2][]byte) {
	n := 0
	for _, arn := range resources {
		if n < len(arns) && isKeyARN(arn) {
			arns[n] = arn
			n++
		}
	}
	return arns
}

// rather returns the ARN, unless there is none or the parameter is one itself.
func rather(parameter, arn []byte) []byte {
	if arn == nil || isKeyARN(parameter) {
		return parameter
	}
	return arn
}

var aliasPart = []byte("alias/")

// names reports whether a keyId parameter means the key of this ARN; an alias
// does not say which key it means.
func names(keyID, arn []byte) bool {
	return len(keyID) > 0 && !bytes.Contains(keyID, aliasPart) && bytes.Equal(afterLast(arn, '/'), afterLast(keyID, '/'))
}
