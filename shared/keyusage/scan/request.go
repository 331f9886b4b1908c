package scan

func (c *cursor) request(q *Request) bool {
	*q = q.cleared()
	if c.b[c.i] != '{' {
		return c.skip()
	}
	if !c.open() {
		return false
	}
	for n, ok := 0, false; c.member(n); n++ {
		switch string(c.key) {
		case "keyId":
			ok = c.text(&q.KeyID)
		case "sourceKeyId":
			ok = c.text(&q.SourceKeyID)
		case "destinationKeyId":
			ok = c.text(&q.DestinationKeyID)
		case "encryptionContext":
			q.Context = q.Context[:0]
			ok = c.context(&q.Context)
		case "sourceEncryptionContext":
			q.SourceContext = q.SourceContext[:0]
			ok = c.context(&q.SourceContext)
		case "destinationEncryptionContext":
			q.DestinationContext = q.DestinationContext[:0]
			ok = c.context(&q.DestinationContext)
		case "constraints":
			q.GrantEquals, q.GrantSubset = q.GrantEquals[:0], q.GrantSubset[:0]
			ok = c.constraints(q)
		default:
			ok = c.skip()
		}
		if !ok {
			return false
		}
	}
	return c.done
}

// constraints reads those of a grant.
func (c *cursor) constraints(q *Request) bool {
	if c.b[c.i] != '{' {
		return c.skip()
	}
	if !c.open() {
		return false
	}
	for n, ok := 0, false; c.member(n); n++ {
		switch string(c.key) {
		case "encryptionContextEquals":
			q.GrantEquals = q.GrantEquals[:0]
			ok = c.context(&q.GrantEquals)
		case "encryptionContextSubset":
			q.GrantSubset = q.GrantSubset[:0]
			ok = c.context(&q.GrantSubset)
		default:
			ok = c.skip()
		}
		if !ok {
			return false
		}
	}
	return c.done
}

// context appends the text members of the object at the cursor.
func (c *cursor) context(to *[]Pair) bool {
	if c.b[c.i] != '{' {
		return c.skip()
	}
	if !c.open() {
		return false
	}
	for n := 0; c.member(n); n++ {
		pair := Pair{Name: c.key}
		if !c.value(&pair.Value) {
			return false
		}
		if c.learning && pair.Value != nil {
			c.note(hole{pairs: to, name: pair.Name})
		}
		*to = append(*to, pair)
	}
	return c.done
}

// resources collects the ARN of each element.
func (c *cursor) resources(to *[][]byte) bool {
	*to = (*to)[:0]
	if c.b[c.i] != '[' {
		return c.skip()
	}
	if !c.open() {
		return false
	}
	for n := 0; c.element(n); n++ {
		if !c.resource(to) {
			return false
		}
	}
	return c.done
}

// resource appends the ARN of the object at the cursor.
func (c *cursor) resource(to *[][]byte) bool {
	if c.b[c.i] != '{' {
		return c.skip()
	}
	if !c.open() {
		return false
	}
	var arn []byte
	for n, ok := 0, false; c.member(n); n++ {
		if string(c.key) != "ARN" {
			ok = c.skip()
		} else if ok = c.value(&arn); ok && c.learning && arn != nil {
			c.note(hole{list: to})
		}
		if !ok {
			return false
		}
	}
	if arn != nil {
		*to = append(*to, arn)
	}
	return c.done
}
