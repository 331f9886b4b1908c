// Package parts makes what the stacks have in common: a queue with its
// dead-letter queue, a function with its role, log group and whatever starts it,
// an alarm, the topic that alarms go to.
//
// Every construct is an L1 directly in its stack, so that logical ids are the
// ids given here ("ProvisionQueue"), stay the same when code moves, and can be
// referred to in text: "${ProvisionQueue.Arn}". Such texts, and names built of
// pseudo parameters ("latchkey-ledger-${AWS::AccountId}"), are plain Go strings
// everywhere and become Ref, Fn::GetAtt or Fn::Sub only here, in Text and Object. So a policy or a
// pattern is data that a test can read without a template.
package parts
