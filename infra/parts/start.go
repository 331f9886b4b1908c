package parts

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/grants"
	"latchkey/shared/deployment"
)

// Retries of a scheduled run. The next one comes within a minute and does all
// that this one would have done, so an old one is not worth keeping.
// [Scheduler API reference, RetryPolicy; Lambda API reference, PutFunctionEventInvokeConfig]
const (
	scheduleAge     = 60 // seconds, the least that both accept
	scheduleRetries = 1
)

// start makes what starts the function.
func (f *Function) start(stack awscdk.Stack, fn awslambda.CfnFunction, p FunctionProps) {
	if f.Spec.Queue != nil {
		queue := NewQueue(stack, f.Spec, *f.Dead, p.Alarms)
		f.Queue = &queue
		f.fromQueue(stack)
	}
	if f.Spec.Stream != nil {
		f.fromStream(stack, p.Stream)
	}
	if f.Spec.Every > 0 {
		f.fromSchedule(stack, fn)
	}
}

// itemFailures makes the answer of a batch name the messages that failed.
var itemFailures = &[]*string{name("ReportBatchItemFailures")}

// [Lambda guide, Using Lambda with Amazon SQS]
func (f *Function) fromQueue(stack awscdk.Stack) {
	q := f.Spec.Queue
	awslambda.NewCfnEventSourceMapping(stack, name(ID(f.Spec.Name)+"FromQueue"), &awslambda.CfnEventSourceMappingProps{
		FunctionName:                   Text(f.ARN()),
		EventSourceArn:                 Text(f.Queue.ARN()),
		BatchSize:                      jsii.Number(float64(q.Batch)),
		MaximumBatchingWindowInSeconds: seconds(q.Window),
		ScalingConfig:                  &awslambda.CfnEventSourceMapping_ScalingConfigProperty{MaximumConcurrency: jsii.Number(float64(q.Concurrency))},
		FunctionResponseTypes:          itemFailures,
	})
}

// [Lambda guide, Using Lambda with Amazon DynamoDB]
func (f *Function) fromStream(stack awscdk.Stack, stream string) {
	s := f.Spec.Stream
	from := "TRIM_HORIZON"
	if s.StartLatest {
		from = "LATEST"
	}
	awslambda.NewCfnEventSourceMapping(stack, name(ID(f.Spec.Name)+"FromStream"), &awslambda.CfnEventSourceMappingProps{
		FunctionName:               Text(f.ARN()),
		EventSourceArn:             Text(stream),
		StartingPosition:           name(from),
		BatchSize:                  jsii.Number(float64(s.Batch)),
		ParallelizationFactor:      jsii.Number(float64(s.Parallel)),
		MaximumRetryAttempts:       jsii.Number(float64(s.Retries)),
		MaximumRecordAgeInSeconds:  seconds(s.MaxAge),
		BisectBatchOnFunctionError: true,
		FilterCriteria: &awslambda.CfnEventSourceMapping_FilterCriteriaProperty{
			Filters: &[]interface{}{&awslambda.CfnEventSourceMapping_FilterProperty{Pattern: name(s.Filter)}},
		},
		DestinationConfig: &awslambda.CfnEventSourceMapping_DestinationConfigProperty{
			OnFailure: &awslambda.CfnEventSourceMapping_OnFailureProperty{Destination: Text(f.Dead.ARN())},
		},
		FunctionResponseTypes: itemFailures,
	})
}

// fromSchedule makes a schedule of EventBridge Scheduler. It hands the run over
// to Lambda's own queue of asynchronous invocations, which has its own retries.
// [Scheduler guide, Templated targets]
func (f *Function) fromSchedule(stack awscdk.Stack, fn awslambda.CfnFunction) {
	id := ID(f.Spec.Name)
	_, role := NewRole(stack, RoleProps{
		ID: id + "ScheduleRole", Name: grants.RoleName(f.Spec.Name + "-schedule"), Service: "scheduler.amazonaws.com",
		For: "Schedule of " + deployment.Name(f.Spec.Name) + ".", Statements: grants.OfSchedule(f.Spec), TrustedFor: grants.ScheduleGroupARN,
	})
	awsscheduler.NewCfnSchedule(stack, name(id+"Schedule"), &awsscheduler.CfnScheduleProps{
		Name:               name(deployment.Name(f.Spec.Name)),
		GroupName:          awscdk.Fn_Ref(name(ScheduleGroupID)),
		Description:        name(f.Spec.Purpose),
		ScheduleExpression: name(rate(f.Spec)),
		FlexibleTimeWindow: &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{Mode: name("OFF")},
		State:              name("ENABLED"),
		Target: &awsscheduler.CfnSchedule_TargetProperty{
			Arn: Text(f.ARN()), RoleArn: Text(role),
			DeadLetterConfig: &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: Text(f.Dead.ARN())},
			RetryPolicy: &awsscheduler.CfnSchedule_RetryPolicyProperty{
				MaximumEventAgeInSeconds: jsii.Number(scheduleAge), MaximumRetryAttempts: jsii.Number(scheduleRetries),
			},
		},
	})
	awslambda.NewCfnEventInvokeConfig(stack, name(id+"Invocations"), &awslambda.CfnEventInvokeConfigProps{
		FunctionName: fn.Ref(), Qualifier: name("$LATEST"),
		MaximumEventAgeInSeconds: jsii.Number(scheduleAge), MaximumRetryAttempts: jsii.Number(scheduleRetries),
		DestinationConfig: &awslambda.CfnEventInvokeConfig_DestinationConfigProperty{
			OnFailure: &awslambda.CfnEventInvokeConfig_OnFailureProperty{Destination: Text(f.Dead.ARN())},
		},
	})
}

// ScheduleGroupID is the logical id of the stack's schedule group.
const ScheduleGroupID = "ScheduleGroup"

// rate is a schedule of whole minutes. [Scheduler guide, Schedule types]
func rate(f deployment.Function) string {
	if n := int(f.Every.Minutes()); n != 1 {
		return fmt.Sprintf("rate(%d minutes)", n)
	}
	return "rate(1 minute)"
}
