package keyusage

import (
	"time"

	"latchkey/shared/coded"
)

// UUID is an event's id.
type UUID [16]byte

const uuidLength = 36

// ParseUUID reads the form 01234567-89ab-cdef-0123-456789abcdef.
func ParseUUID(s []byte) (id UUID, ok bool) {
	if len(s) != uuidLength || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, false
	}
	var digits [32]byte
	copy(digits[:8], s)
	copy(digits[8:12], s[9:])
	copy(digits[12:16], s[14:])
	copy(digits[16:20], s[19:])
	copy(digits[20:], s[24:])
	var bad uint8
	for i := range id {
		hi, lo := hexValue[digits[2*i]], hexValue[digits[2*i+1]]
		bad |= hi | lo
		id[i] = hi<<4 | lo
	}
	return id, bad < 16
}

// hexValue is the value of a hexadecimal digit, or 255.
var hexValue = func() (t [256]uint8) {
	for i := range t {
		t[i] = 255
	}
	for i, digit := range "0123456789abcdef" {
		t[digit] = uint8(i)
	}
	for i, digit := range "ABCDEF" {
		t[digit] = uint8(10 + i)
	}
	return t
}()

// String returns the usual form.
func (u UUID) String() string {
	const digits = "0123456789abcdef"
	b := make([]byte, 0, uuidLength)
	for i, v := range u {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b = append(b, '-')
		}
		b = append(b, digits[v>>4], digits[v&15])
	}
	return string(b)
}

// MarshalText implements encoding.TextMarshaler.
func (u UUID) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (u *UUID) UnmarshalText(b []byte) error {
	id, ok := ParseUUID(b)
	if !ok {
		return coded.Field("eventID", "", "not a UUID: %q", b)
	}
	*u = id
	return nil
}

// hourClock reads event times and remembers the last hour, as events come
// nearly in order.
type hourClock struct {
	prefix [13]byte // 2006-01-02T15
	last   int64
}

const timeLayout = "2006-01-02T15:04:05Z"

// hour returns the hours since 1970 of an eventTime.
func (c *hourClock) hour(s []byte) (int64, bool) {
	if len(s) == len(timeLayout) && string(s[:13]) == string(c.prefix[:]) && minuteSecond(s[13:]) {
		return c.last, true
	}
	t, err := time.Parse(time.RFC3339, string(s))
	if err != nil || t.Unix() < 0 || t.Unix() >= maxHour*3600 {
		return 0, false
	}
	hour := t.Unix() / 3600
	if len(s) == len(timeLayout) {
		copy(c.prefix[:], s)
		c.last = hour
	}
	return hour, true
}

// time returns an eventTime that hour has accepted.
func (c *hourClock) time(s []byte) time.Time {
	if len(s) == len(timeLayout) && string(s[:13]) == string(c.prefix[:]) {
		return time.Unix(c.last*3600+60*twoDigits(s[14:])+twoDigits(s[17:]), 0).UTC()
	}
	t, _ := time.Parse(time.RFC3339, string(s)) // the zero time is not reached: hour has read this one
	return t.UTC()
}

func twoDigits(s []byte) int64 { return int64(s[0]-'0')*10 + int64(s[1]-'0') }

// minuteSecond checks ":04:05Z".
func minuteSecond(s []byte) bool {
	digit := func(b, most byte) bool { return b >= '0' && b <= most }
	return s[0] == ':' && digit(s[1], '5') && digit(s[2], '9') &&
		s[3] == ':' && digit(s[4], '5') && digit(s[5], '9') && s[6] == 'Z'
}
