package feeds

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"latchkey/shared/coded"
)

// Schedule invokes a function again and again.
type Schedule struct {
	name, function string
	every          time.Duration
	input          string
	invoker        Invoker
}

var rateForm = regexp.MustCompile(`^rate\((\d+) (minutes?|hours?|days?)\)$`)

// ParseRate returns the period of a rate expression. Other expressions (cron, at)
// are coded.Invalid: Latchkey has none. [EventBridge Scheduler guide, Schedule types]
func ParseRate(expression string) (time.Duration, error) {
	m := rateForm.FindStringSubmatch(expression)
	if m == nil {
		return 0, coded.Field("ScheduleExpression", "use rate(n minutes), rate(n hours) or rate(n days)", "%q is not supported", expression)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n < 1 || n > 366*24*60 {
		return 0, coded.Field("ScheduleExpression", "1 … 527040", "%q", expression)
	}
	unit := map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[m[2][0]]
	return time.Duration(n) * unit, nil
}

// NewSchedule returns a schedule. input is the event that the function gets.
func NewSchedule(invoker Invoker, name, function, expression, input string) (*Schedule, error) {
	every, err := ParseRate(expression)
	if err != nil {
		return nil, err
	}
	if input == "" {
		input = "{}"
	}
	return &Schedule{name: name, function: function, every: every, input: input, invoker: invoker}, nil
}

// Name is the schedule's; Function is what it invokes; Every is its period.
func (s *Schedule) Name() string         { return s.name }
func (s *Schedule) Function() string     { return s.function }
func (s *Schedule) Every() time.Duration { return s.every }

// Tick invokes the function now. An error of the function is coded.Internal with
// what the function said.
func (s *Schedule) Tick(ctx context.Context) error {
	answer, failed, err := s.invoker.Invoke(ctx, s.function, []byte(s.input))
	if err != nil {
		return fmt.Errorf("schedule %s: %w", s.name, err)
	}
	if failed != "" {
		return coded.New(coded.Internal, "schedule %s: %s", s.name, answer)
	}
	return nil
}
