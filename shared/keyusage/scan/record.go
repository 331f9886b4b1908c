package scan

import "slices"

// Record is what the ledger needs of a KMS record. Texts are decoded; an
// absent or null member is nil. All of it is valid only during the visit.
// [CloudTrail guide, CloudTrail record contents; CloudTrail userIdentity element]
type Record struct {
	Offset int64  // of the record's first byte, in the decompressed file
	Raw    []byte // the record's JSON

	EventID      []byte
	EventTime    []byte // 2006-01-02T15:04:05Z
	EventName    []byte // the operation
	EventType    []byte // AwsApiCall, AwsServiceEvent, AwsVpceEvent
	Category     []byte // eventCategory: Management, Data, NetworkActivity
	Region       []byte // awsRegion
	SourceIP     []byte // sourceIPAddress; a service's name if a service called
	ErrorCode    []byte
	ErrorMessage []byte
	Recipient    []byte // recipientAccountId
	SharedEvent  []byte // sharedEventID: one call, logged in two accounts

	Identity  Identity
	Request   Request
	Resources [][]byte // resources[].ARN

	ResponseKeyID []byte // responseElements.keyId: management calls name the key's ARN here
	KeyMaterialID []byte // additionalEventData.keyMaterialId
}

// Identity is userIdentity.
type Identity struct {
	Type        []byte // IAMUser, AssumedRole, AWSService, AWSAccount, …
	PrincipalID []byte
	ARN         []byte
	AccountID   []byte
	InvokedBy   []byte // the service that called, for itself or for the caller
	IssuerARN   []byte // sessionContext.sessionIssuer.arn: the role behind a session
	Federation  []byte // sessionContext.webIdFederationData.federatedProvider
	Provider    []byte // identityProvider, of SAMLUser and WebIdentityUser
	OnBehalfOf  []byte // onBehalfOf.userId: a user of IAM Identity Center
}

// Request is requestParameters. ReEncrypt names two keys and two contexts; a
// CreateGrant's context is in its constraints.
type Request struct {
	KeyID            []byte // key id, key ARN, alias name or alias ARN
	SourceKeyID      []byte
	DestinationKeyID []byte

	Context            []Pair
	SourceContext      []Pair
	DestinationContext []Pair
	GrantEquals        []Pair // constraints.encryptionContextEquals
	GrantSubset        []Pair // constraints.encryptionContextSubset
}

// Pair is one entry of an encryption context. Where a name comes twice, the
// last one counts.
type Pair struct{ Name, Value []byte }

// clear empties r and keeps its slices' memory.
func (r *Record) clear() {
	*r = Record{Resources: r.Resources[:0], Request: r.Request.cleared()}
}

func (q *Request) cleared() Request {
	return Request{
		Context:            q.Context[:0],
		SourceContext:      q.SourceContext[:0],
		DestinationContext: q.DestinationContext[:0],
		GrantEquals:        q.GrantEquals[:0],
		GrantSubset:        q.GrantSubset[:0],
	}
}

// clone returns a copy with lists of its own.
func (r *Record) clone() Record {
	c := *r
	c.Resources = slices.Clone(r.Resources)
	q := &c.Request
	q.Context = slices.Clone(q.Context)
	q.SourceContext = slices.Clone(q.SourceContext)
	q.DestinationContext = slices.Clone(q.DestinationContext)
	q.GrantEquals = slices.Clone(q.GrantEquals)
	q.GrantSubset = slices.Clone(q.GrantSubset)
	return c
}

// fields returns all texts of the record in a fixed order; between two lists
// stands nil.
func (r *Record) fields() [][]byte {
	id, q := &r.Identity, &r.Request
	list := [][]byte{
		r.EventID, r.EventTime, r.EventName, r.EventType, r.Category, r.Region, r.SourceIP, r.ErrorCode, r.ErrorMessage, r.Recipient, r.SharedEvent,
		id.Type, id.PrincipalID, id.ARN, id.AccountID, id.InvokedBy, id.IssuerARN, id.Federation, id.Provider, id.OnBehalfOf,
		q.KeyID, q.SourceKeyID, q.DestinationKeyID, r.ResponseKeyID, r.KeyMaterialID,
	}
	list = append(list, r.Resources...)
	for _, pairs := range [][]Pair{q.Context, q.SourceContext, q.DestinationContext, q.GrantEquals, q.GrantSubset} {
		list = append(list, nil)
		for _, p := range pairs {
			list = append(list, p.Value)
		}
	}
	return list
}
