package keyusage

// Release counts what is held, as a ledger does that holds too much.
func (l *Ledger) Release() { l.release() }
