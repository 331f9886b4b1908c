package parts

import (
	"time"

	"latchkey/shared/deployment"
)

// Sections of docs/runbook.md that alarms point to.
const (
	SectionDeadLetters   = "there-are-dead-letters"
	SectionQueueBehind   = "a-queue-is-behind"
	SectionFunction      = "a-function-fails"
	SectionThrottled     = "aws-throttles-us"
	SectionStream        = "a-stream-is-behind"
	SectionSweepLate     = "the-sweep-is-late"
	SectionLockSlow      = "locks-are-slow"
	SectionKMSSilent     = "kms-does-not-answer"
	SectionNoProbes      = "nothing-probes-the-keys"
	SectionParked        = "a-record-is-parked"
	SectionAPI           = "the-api-fails"
	SectionLedger        = "the-ledger-is-incomplete"
	SectionLedgerRecords = "records-of-a-log-file-cannot-be-read"
	SectionNoLogFiles    = "no-log-files-come"
)

func deadLettersAlarm(queue string) Alarm {
	return Alarm{
		Name: queueName(queue), Section: SectionDeadLetters,
		Says:   "Something could not be handled and waits in " + queue + ".",
		Metric: Metric{"AWS/SQS", "ApproximateNumberOfMessagesVisible", map[string]string{"QueueName": queue}, "Maximum"},
	}
}

// queueAge is how long a message may wait before someone should know: far above
// a retry, far below what a customer would accept.
const queueAge = 10 * time.Minute

func queueAgeAlarm(queue string) Alarm {
	return Alarm{
		Name: queueName(queue) + "-queue-age", Section: SectionQueueBehind,
		Says:   "The oldest message of " + queue + " has waited for ten minutes.",
		Metric: Metric{"AWS/SQS", "ApproximateAgeOfOldestMessage", map[string]string{"QueueName": queue}, "Maximum"},
		Last:   2, Above: queueAge.Seconds(),
	}
}

func functionAlarms(f deployment.Function) []Alarm {
	full := deployment.Name(f.Name)
	of := func(metric, statistic string) Metric {
		return Metric{"AWS/Lambda", metric, map[string]string{"FunctionName": full}, statistic}
	}
	all := []Alarm{
		{
			Name: f.Name + "-errors", Section: SectionFunction,
			Says: full + " fails: it crashes, times out or cannot start.", Metric: of("Errors", "Sum"),
			Period: 5 * time.Minute, Above: 3,
		},
		{
			Name: f.Name + "-throttles", Section: SectionThrottled,
			Says: full + " is not started often enough: the limit of concurrent executions is reached.", Metric: of("Throttles", "Sum"),
			Period: 5 * time.Minute, Last: 2, Above: 10,
		},
	}
	if f.Stream != nil {
		all = append(all, Alarm{
			Name: f.Name + "-iterator-age", Section: SectionStream,
			Says: full + " is behind the table's stream by more than five minutes.", Metric: of("IteratorAge", "Maximum"),
			Last: 3, Above: float64((5 * time.Minute).Milliseconds()),
		})
	}
	return all
}

// queueName is a queue's name without the prefix that every alarm has.
func queueName(queue string) string { return queue[len(deployment.Prefix)+1:] }
