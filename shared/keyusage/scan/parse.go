package scan

// record reads the record at the cursor, which is at its opening brace, into r,
// which is empty. kms says whether it is one of KMS; if not, r is incomplete.
func (c *cursor) record(r *Record) (kms, ok bool) {
	if !c.open() {
		return false, false
	}
	return c.members(r, 0, unknown, false)
}

// members reads the members of a record from number n on. With full it does not
// jump over those of other services' records.
func (c *cursor) members(r *Record, n int, source service, full bool) (kms, ok bool) {
	for ; c.member(n); n++ {
		if string(c.key) != "eventSource" {
			if !c.field(r) {
				return false, false
			}
			continue
		}
		if source, ok = c.eventSource(); !ok {
			return false, false
		}
		if source == other && !full {
			c.turned = c.i
			return c.other(r)
		}
	}
	return source == ours, c.done
}

// other jumps to the end of a record of another service, from after the value
// of a member. The record is read anew, and in full, if it has one more
// eventSource.
func (c *cursor) other(r *Record) (kms, ok bool) {
	again, ok := c.jumpOut()
	if ok && again {
		return c.again(r)
	}
	return false, ok
}

// again reads a record with several eventSources anew: what was jumped over is
// needed after all.
func (c *cursor) again(r *Record) (kms, ok bool) {
	c.restart()
	r.clear()
	c.open()
	return c.members(r, 0, unknown, true)
}

// service is what is known of a record's eventSource.
type service uint8

const (
	unknown service = iota
	ours
	other
)

func (c *cursor) eventSource() (service, bool) {
	var source []byte
	if !c.value(&source) {
		return unknown, false
	}
	if string(source) == Source {
		return ours, true
	}
	return other, true
}

// field reads one member of a record.
func (c *cursor) field(r *Record) bool {
	switch string(c.key) {
	case "userIdentity":
		return c.identity(&r.Identity)
	case "requestParameters":
		return c.request(&r.Request)
	case "resources":
		return c.resources(&r.Resources)
	case "eventID":
		return c.text(&r.EventID)
	case "eventTime":
		return c.text(&r.EventTime)
	case "eventName":
		return c.text(&r.EventName)
	case "eventType":
		return c.text(&r.EventType)
	case "eventCategory":
		return c.text(&r.Category)
	case "awsRegion":
		return c.text(&r.Region)
	case "sourceIPAddress":
		return c.text(&r.SourceIP)
	case "errorCode":
		return c.text(&r.ErrorCode)
	case "errorMessage":
		return c.text(&r.ErrorMessage)
	case "recipientAccountId":
		return c.text(&r.Recipient)
	case "sharedEventID":
		return c.text(&r.SharedEvent)
	case "responseElements":
		return c.only("keyId", &r.ResponseKeyID)
	case "additionalEventData":
		return c.only("keyMaterialId", &r.KeyMaterialID)
	default:
		return c.skip()
	}
}

// only reads one text member of the object at the cursor.
func (c *cursor) only(name string, to *[]byte) bool {
	*to = nil
	if c.b[c.i] != '{' {
		return c.skip()
	}
	if !c.open() {
		return false
	}
	for n, ok := 0, false; c.member(n); n++ {
		if string(c.key) == name {
			ok = c.text(to)
		} else {
			ok = c.skip()
		}
		if !ok {
			return false
		}
	}
	return c.done
}

func (c *cursor) identity(id *Identity) bool {
	*id = Identity{}
	if c.b[c.i] != '{' {
		return c.skip()
	}
	if !c.open() {
		return false
	}
	for n, ok := 0, false; c.member(n); n++ {
		switch string(c.key) {
		case "type":
			ok = c.text(&id.Type)
		case "principalId":
			ok = c.text(&id.PrincipalID)
		case "arn":
			ok = c.text(&id.ARN)
		case "accountId":
			ok = c.text(&id.AccountID)
		case "invokedBy":
			ok = c.text(&id.InvokedBy)
		case "identityProvider":
			ok = c.text(&id.Provider)
		case "onBehalfOf":
			ok = c.only("userId", &id.OnBehalfOf)
		case "sessionContext":
			ok = c.session(id)
		default:
			ok = c.skip()
		}
		if !ok {
			return false
		}
	}
	return c.done
}

func (c *cursor) session(id *Identity) bool {
	id.IssuerARN, id.Federation = nil, nil
	if c.b[c.i] != '{' {
		return c.skip()
	}
	if !c.open() {
		return false
	}
	for n, ok := 0, false; c.member(n); n++ {
		switch string(c.key) {
		case "sessionIssuer":
			ok = c.only("arn", &id.IssuerARN)
		case "webIdFederationData":
			ok = c.only("federatedProvider", &id.Federation)
		default:
			ok = c.skip()
		}
		if !ok {
			return false
		}
	}
	return c.done
}
