package instances

import (
	"context"
	"encoding/binary"
	"net"
	"strings"
)

// domain is what all endpoints of RDS end in.
// [RDS guide, Finding the connection information for a DB instance]
const domain = ".rds.amazonaws.com"

// names answers questions of DNS: a name of RDS is the loopback address, and no
// other name is there. [RFC 1035, Domain names]
type names struct {
	conn net.PacketConn
	done chan struct{}
}

func serveNames(ctx context.Context) (*names, error) {
	var lc net.ListenConfig
	conn, err := lc.ListenPacket(ctx, "udp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	n := &names{conn: conn, done: make(chan struct{})}
	go func() {
		defer close(n.done)
		buf := make([]byte, 1500)
		for {
			k, from, err := conn.ReadFrom(buf)
			if err != nil {
				return // it was closed
			}
			if out := answer(buf[:k]); out != nil {
				_, _ = conn.WriteTo(out, from) // who asked asks again
			}
		}
	}()
	return n, nil
}

func (n *names) addr() string { return n.conn.LocalAddr().String() }

func (n *names) close() {
	_ = n.conn.Close()
	<-n.done
}

// Of the header and of questions. [RFC 1035, 4.1.1 and 3.2]
const (
	headerBytes   = 12
	flagsFound    = 0x8580 // an answer, of an authority; recursion as asked
	flagsNoName   = 0x8583 // the same; there is no such name
	typeA         = 1
	classInternet = 1
)

// answer returns what a question is answered with, or nil if it is none.
func answer(question []byte) []byte {
	if len(question) < headerBytes || question[2]&0x80 != 0 || binary.BigEndian.Uint16(question[4:]) != 1 {
		return nil
	}
	name, end := readName(question)
	if end == 0 || end+4 > len(question) {
		return nil
	}
	out := append([]byte(nil), question[:end+4]...)
	wantsA := binary.BigEndian.Uint16(question[end:]) == typeA && binary.BigEndian.Uint16(question[end+2:]) == classInternet
	found := strings.HasSuffix(strings.ToLower(name), domain)
	flags, answers := uint16(flagsNoName), uint16(0)
	if found {
		flags = flagsFound
	}
	if found && wantsA {
		answers = 1
		// The name again, by its place; type, class, 1 s to live, four bytes.
		out = append(out, 0xc0, headerBytes, 0, typeA, 0, classInternet, 0, 0, 0, 1, 0, 4, 127, 0, 0, 1)
	}
	binary.BigEndian.PutUint16(out[2:], flags)
	for i, n := range []uint16{1, answers, 0, 0} {
		binary.BigEndian.PutUint16(out[4+2*i:], n)
	}
	return out
}

// readName reads the question's name; end is where it ends, 0 if it is broken.
func readName(question []byte) (name string, end int) {
	var labels []string
	at := headerBytes
	for at < len(question) {
		n := int(question[at])
		at++
		if n == 0 {
			return strings.Join(labels, "."), at
		}
		if n > 63 || at+n > len(question) {
			return "", 0
		}
		labels = append(labels, string(question[at:at+n]))
		at += n
	}
	return "", 0
}

// Resolve looks a name up as fence does. It is a pgconn.LookupFunc.
func (i *Instances) Resolve(ctx context.Context, host string) ([]string, error) {
	r := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", i.names.addr())
	}}
	return r.LookupHost(ctx, host)
}
