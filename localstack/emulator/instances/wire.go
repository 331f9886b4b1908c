package instances

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Of PostgreSQL's protocol: what a client may begin with.
// [PostgreSQL manual, Frontend/Backend protocol, Message formats]
const (
	codeTLS    = 80877103
	codeGSS    = 80877104
	codeCancel = 80877102
)

// SQLSTATEs of logins that are refused. [PostgreSQL manual, PostgreSQL error codes]
const (
	codeRefused     = "28000"
	codeBadPassword = "28P01"
	codeTooMany     = "53300"
)

// maxHello bounds what a client begins with, and a password, as PostgreSQL does.
const maxHello = 10_000

// hello is what a client begins with. It is read byte by byte: what follows is
// for TLS, or for the server.
type hello struct {
	code uint32
	raw  []byte
}

func readHello(r io.Reader) (hello, error) {
	raw := make([]byte, 8)
	if _, err := io.ReadFull(r, raw); err != nil {
		return hello{}, err
	}
	size := binary.BigEndian.Uint32(raw)
	if size < 8 || size > maxHello {
		return hello{}, fmt.Errorf("a first message of %d bytes", size)
	}
	raw = append(raw, make([]byte, size-8)...)
	_, err := io.ReadFull(r, raw[8:])
	return hello{binary.BigEndian.Uint32(raw[4:]), raw}, err
}

// parameters returns the user and the database that a client wants.
func (h hello) parameters() (user, database string, err error) {
	var m pgproto3.StartupMessage
	if err := m.Decode(h.raw[4:]); err != nil {
		return "", "", err
	}
	user, database = m.Parameters["user"], m.Parameters["database"]
	if database == "" {
		database = user
	}
	return user, database, nil
}

// askPassword asks for a password in clear text and returns it.
func askPassword(rw io.ReadWriter) (string, error) {
	question, err := (&pgproto3.AuthenticationCleartextPassword{}).Encode(nil)
	if err != nil {
		return "", err
	}
	if _, err := rw.Write(question); err != nil {
		return "", err
	}
	head := make([]byte, 5)
	if _, err := io.ReadFull(rw, head); err != nil {
		return "", err
	}
	size := binary.BigEndian.Uint32(head[1:])
	if head[0] != 'p' || size < 4 || size > maxHello {
		return "", fmt.Errorf("message %q of %d bytes where a password was asked for", head[0], size)
	}
	body := make([]byte, size-4)
	_, err = io.ReadFull(rw, body)
	return strings.TrimSuffix(string(body), "\x00"), err
}

// refuse ends a login as PostgreSQL does.
func refuse(w io.Writer, sqlstate, message string) error {
	m, err := (&pgproto3.ErrorResponse{Severity: "FATAL", SeverityUnlocalized: "FATAL", Code: sqlstate, Message: message}).Encode(nil)
	if err == nil {
		_, err = w.Write(m)
	}
	return err
}
