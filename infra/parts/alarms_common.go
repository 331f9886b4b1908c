package parts

import (
	"fmt"
	"time"

	"latchkey/shared/deployment"
	"latchkey/shared/metric"
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
	SectionFindings      = "a-finding-of-key-use"
	SectionLedgerRecords = "records-of-a-log-file-cannot-be-read"
	SectionNoLogFiles    = "no-log-files-come"
	SectionStepFails     = "a-record-cannot-be-stepped"
	SectionUnfenced      = "a-locked-database-is-not-fenced"
)

func deadLettersAlarm(queue string) Alarm {
	return Alarm{
		Name: queueName(queue), Section: SectionDeadLetters,
		Says:   "Something could not be handled and waits in " + queue + ".",
		Metric: Metric{"AWS/SQS", "ApproximateNumberOfMessagesVisible", map[string]string{"QueueName": queue}, "Maximum"},
	}
}

// queueAge is how long a message of a function's queue may wait before someone
// should know: ten minutes, and longer than a message that fails twice and is
// then handled. One that is received a third time is no longer part of the metric:
// FailingAlarm tells of it.
// [SQS guide, Available CloudWatch metrics for Amazon SQS]
func queueAge(f deployment.Function) time.Duration {
	return max(10*time.Minute, 2*deployment.VisibilityFactor*f.Timeout)
}

func queueAgeAlarm(f deployment.Function) Alarm {
	queue, age := deployment.Name(f.Name), queueAge(f)
	return Alarm{
		Name: queueName(queue) + "-queue-age", Section: SectionQueueBehind,
		Says:   fmt.Sprintf("The oldest message of %s has waited for %d minutes.", queue, int(age.Minutes())),
		Metric: Metric{"AWS/SQS", "ApproximateAgeOfOldestMessage", map[string]string{"QueueName": queue}, "Maximum"},
		Last:   2, Above: age.Seconds(),
	}
}

// FailingAlarm goes off when messages of the stack's functions fail for the third
// time, and may succeed yet.
func FailingAlarm(name string) Alarm {
	return Alarm{
		Name: name, Section: SectionQueueBehind, Period: 5 * time.Minute,
		Says:   "Messages have failed three times, and will until what they need is there.",
		Metric: Metric{Namespace: metric.Namespace, Name: metric.MessagesRetried, Of: "Sum"},
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
