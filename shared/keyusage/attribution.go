package keyusage

import (
	"bytes"
	"slices"

	"latchkey/shared/keyusage/scan"
)

// Attribution is whom and what a use of a key was for.
type Attribution struct {
	Tenant   string // the key's; for a key of the platform, whom the context names; or empty
	Database string // the tenant's database, or empty
	Purpose  Purpose
	KeyARN   string // of the key's record, or as CloudTrail names the key; empty for calls without a key
	Material string // key material id, or empty

	Known       bool   // the key has a record
	Bare        bool   // the call had no encryption context
	Foreign     string // another tenant, whom the context names
	WrongRegion string // the Region of the call, where the key must not be used there
}

// call is the part of a record that its attribution depends on: one key, one
// context. A record of ReEncrypt holds two.
type call struct {
	operation []byte
	key       []byte // key ARN, alias ARN, key id or alias
	context   []scan.Pair
}

// calls appends the calls of a record.
func calls(to []call, rec *scan.Record) []call {
	q := &rec.Request
	if string(rec.EventName) == ReEncrypt {
		from, dest := reEncryptKeys(rec)
		return append(to, call{[]byte(ReEncryptFrom), from, q.SourceContext}, call{[]byte(ReEncryptTo), dest, q.DestinationContext})
	}
	c := call{operation: rec.EventName, key: keyOf(rec), context: q.Context}
	for _, grant := range [][]scan.Pair{q.GrantEquals, q.GrantSubset} { // the first is the narrower, where a grant has both
		if len(c.context) == 0 {
			c.context = grant
		}
	}
	return append(to, c)
}

// keyOf prefers a full key ARN: CloudTrail gives one in resources, and for
// management calls in responseElements. A denied call may have neither, nor
// parameters; then its message names the key. [KMS guide, AWS KMS log entries;
// IAM guide, Troubleshoot access denied error messages]
func keyOf(rec *scan.Record) []byte {
	for _, arn := range rec.Resources {
		if isKeyARN(arn) {
			return arn
		}
	}
	switch {
	case isKeyARN(rec.ResponseKeyID):
		return rec.ResponseKeyID
	case len(rec.Request.KeyID) > 0:
		return rec.Request.KeyID
	default:
		return keyInMessage(rec.ErrorMessage)
	}
}

var onResource = []byte("on resource: ")

// keyInMessage returns the ARN of the key in "… is not authorized to perform:
// kms:Decrypt on resource: ARN because …", or nil.
func keyInMessage(message []byte) []byte {
	at := bytes.LastIndex(message, onResource)
	if at < 0 {
		return nil
	}
	arn, _, _ := bytes.Cut(message[at+len(onResource):], []byte(" "))
	if !isKeyARN(arn) {
		return nil
	}
	return arn
}

var (
	arnPrefix = []byte("arn:")
	keyPart   = []byte(":key/")
)

// isKeyARN looks first where :key/ is when a UUID follows it.
func isKeyARN(b []byte) bool {
	const tail = len(":key/") + uuidLength
	if !bytes.HasPrefix(b, arnPrefix) {
		return false
	}
	return len(b) > tail && string(b[len(b)-tail:len(b)-uuidLength]) == ":key/" || bytes.Contains(b, keyPart)
}

// appendSubject appends what the attribution of a call depends on, without what
// changes from call to call.
func appendSubject(b []byte, rec *scan.Record, c *call) []byte {
	b = append(b, c.key...)
	b = append(b, separator)
	b = append(b, rec.Region...)
	b = append(b, separator)
	if !bytes.HasPrefix(c.key, arnPrefix) {
		b = append(b, rec.Recipient...)
	}
	b = append(b, separator)
	b = append(b, rec.KeyMaterialID...)
	if len(c.context) == 0 {
		b = append(b, separator)
		return append(b, c.operation...)
	}
	for _, pair := range c.context {
		kind := kindOf(pair.Name)
		b = append(b, separator, byte(kind))
		if kind.identifies() {
			b = append(b, kind.canonical(pair.Value)...)
		}
	}
	return b
}

// attribute works out a call's attribution with the directory.
func attribute(dir Directory, rec *scan.Record, c *call) Attribution {
	region := string(rec.Region)
	a := Attribution{
		KeyARN:   keyARN(string(c.key), region, string(rec.Recipient)),
		Material: string(rec.KeyMaterialID),
		Bare:     len(c.context) == 0,
	}
	key, known := dir.Key(a.KeyARN)
	if known {
		a.Known, a.KeyARN, a.Tenant = true, key.ARN, key.Tenant
		if len(key.Regions) > 0 && !slices.Contains(key.Regions, region) {
			a.WrongRegion = region
		}
	}
	strongest := kindNone
	for kind := kindTenant; kind < kindNone; kind++ {
		for _, pair := range c.context {
			if kindOf(pair.Name) != kind {
				continue
			}
			strongest = min(strongest, kind)
			owner, found := ownerOf(dir, kind, pair.Value)
			if found && (kind != kindTenant || a.Tenant != "" || dir.Tenant(owner.Tenant)) {
				a.add(owner, key.Others)
			}
		}
	}
	a.Purpose = purposeOf(operations[string(c.operation)], strongest)
	return a
}

// add takes one name of the context into account; they come strongest first.
// others are the key's further tenants.
func (a *Attribution) add(owner Owner, others []string) {
	shared := a.Database == "" && a.Foreign == "" && slices.Contains(others, owner.Tenant) && !slices.Contains(others, a.Tenant)
	switch {
	case shared:
		a.Tenant, a.Database = owner.Tenant, owner.Database
	case a.Tenant == "":
		a.Tenant, a.Database = owner.Tenant, owner.Database
	case a.Tenant != owner.Tenant:
		if a.Foreign == "" {
			a.Foreign = owner.Tenant
		}
	case a.Database == "":
		a.Database = owner.Database
	}
}

func ownerOf(dir Directory, kind contextKind, value []byte) (Owner, bool) {
	switch v := string(kind.canonical(value)); kind {
	case kindTenant:
		return Owner{Tenant: v}, v != ""
	case kindInstance, kindCluster:
		return dir.Database(v)
	case kindSecret, kindParameter, kindBucket, kindVolume:
		return dir.Resource(v)
	default:
		return Owner{}, false
	}
}
