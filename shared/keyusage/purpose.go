package keyusage

import "bytes"

// Purpose is what a key was used for.
type Purpose string

// The purposes.
const (
	ForDatabase    Purpose = "database"       // an RDS instance or Aurora cluster: its storage, backups, snapshots
	ForVolume      Purpose = "volume"         // an EBS volume that is no database's
	ForSecret      Purpose = "secret"         // Secrets Manager
	ForParameter   Purpose = "parameter"      // Systems Manager Parameter Store
	ForObjects     Purpose = "objects"        // S3
	ForService     Purpose = "service"        // another AWS service's context
	ForApplication Purpose = "application"    // data that an application encrypts itself
	ForSigning     Purpose = "signing"        // signatures, MACs, shared secrets: no context exists
	ForManagement  Purpose = "administration" // changing or describing the key
	ForUnknown     Purpose = "unknown"        // nothing says
)

// contextKind is a name in an encryption context that says whom a use is for.
type contextKind uint8

// The kinds, the strongest first: where a context has several, the first names
// the purpose.
const (
	kindTenant contextKind = iota
	kindInstance
	kindCluster
	kindSecret
	kindParameter
	kindBucket
	kindVolume
	kindService
	kindCustom
	kindNone
)

// TenantContext is the name under which Latchkey's own envelope encryption puts
// the tenant's id.
const TenantContext = "latchkey:tenant"

// kindOf classifies a context's name. [RDS guide, AWS KMS key management: db-id,
// dbc-id, with aws:ebs:id; Secrets Manager guide, Secret encryption and
// decryption: SecretARN; Systems Manager guide, How Parameter Store uses AWS
// KMS: PARAMETER_ARN; S3 guide, Using server-side encryption with AWS KMS keys:
// aws:s3:arn]
func kindOf(name []byte) contextKind {
	switch string(name) {
	case TenantContext:
		return kindTenant
	case "aws:rds:db-id":
		return kindInstance
	case "aws:rds:dbc-id":
		return kindCluster
	case "SecretARN":
		return kindSecret
	case "PARAMETER_ARN":
		return kindParameter
	case "aws:s3:arn":
		return kindBucket
	case "aws:ebs:id":
		return kindVolume
	}
	if bytes.HasPrefix(name, []byte("aws:")) {
		return kindService
	}
	return kindCustom
}

var purposes = [...]Purpose{
	kindTenant:    ForApplication,
	kindInstance:  ForDatabase,
	kindCluster:   ForDatabase,
	kindSecret:    ForSecret,
	kindParameter: ForParameter,
	kindBucket:    ForObjects,
	kindVolume:    ForVolume,
	kindService:   ForService,
	kindCustom:    ForApplication,
}

// purposeOf returns what an operation with a context whose strongest name is of
// this kind is for.
func purposeOf(op operation, strongest contextKind) Purpose {
	switch {
	case strongest != kindNone:
		return purposes[strongest]
	case op.class == Manage, op.class == Read:
		return ForManagement
	case op.class == Crypto && !op.context:
		return ForSigning
	default:
		return ForUnknown
	}
}

// identifies reports whether the value of this kind says whose a use is; the
// values of others are not looked at, as they change with each call.
func (k contextKind) identifies() bool { return k < kindService }

// canonical returns the part of a context's value that says whose it is: of an
// object's ARN the bucket's.
func (k contextKind) canonical(value []byte) []byte {
	if k == kindBucket {
		value, _, _ = bytes.Cut(value, []byte("/"))
	}
	return value
}
