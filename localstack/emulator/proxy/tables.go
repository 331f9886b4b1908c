package proxy

// alone lets a transaction of DynamoDB have the tables for itself: moto undoes
// one that fails by putting a copy of its tables back, and with it loses what
// others wrote in the meantime. It returns what ends that.
func (p *Proxy) alone(c Call) (done func()) {
	if c.Action == "TransactWriteItems" {
		p.tables.Lock()
		return p.tables.Unlock
	}
	p.tables.RLock()
	return p.tables.RUnlock
}
