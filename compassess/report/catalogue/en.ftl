### The words of a conclusion in English. The same message ids stand in kk.ftl, ru.ftl and en.ftl.
### Numbers, percentages and dates arrive formatted; only counts arrive as numbers, for their plurals.

## Names

band-excellent = excellent
band-effective = effective
band-satisfactory = satisfactory
band-minimal = minimal
band-needs_more_evidence = more evidence needed

risk-clear = above the risk zone
risk-watch = risk not ruled out
risk-risk = in the risk zone
risk-insufficient = too little evidence

flag-illustrative_bank =
    The item bank or the cut scores are an illustrative example. This conclusion must not be used for
    decisions about people.
flag-no_answers =
    No item was answered. The numbers below only repeat the reference population and say nothing about the
    person tested.
flag-precision_not_reached =
    The required precision was not reached: the measurement error is larger than the test specification
    asks for. Read the results with caution.
flag-needs_more_evidence =
    The test ended before everything was decided that it was meant to decide: more evidence is needed. What is
    still open was not decided by default.
flag-incomplete = The test is incomplete: not everything that the test specification asks for was carried out.
flag-coarse_grid =
    The computing grid is coarse for the precision that was reached: the measurement errors are approximate.
flag-short_grid =
    The result lies at an end of the computing grid: it is more extreme than stated, and the measurement errors are
    larger than stated.
flag-not_reached_items =
    Some items were not reached before the end; they are scored by the rule of the test specification for items
    without an answer.
flag-omitted_items =
    Some items were left without an answer by the person tested; they are scored by the rule of the test specification for
    items without an answer.
flag-timed_out_items =
    For some items the time ran out; they are scored by the rule of the test specification for items without an
    answer.
flag-technically_lost_items = Some items were lost for technical reasons that the person tested is not to blame for.
flag-too_few_attempts =
    Too few items were answered for a level or a statement on risk zones; what is missing is marked as lacking
    evidence.
flag-confirmed_by_second_sitting =
    This result combines the answers of two sittings of the same person; no item was presented twice.
flag-unusual_answers =
    The answers fit together less well than the measurement model expects: some easy items were answered poorly,
    or some hard ones well. This may have harmless causes, such as uneven preparation. It changed no score.
flag-rapid_guessing =
    Some items were answered faster than they can be read. This may have harmless causes, such as familiar
    items or a fault in the timing. It changed no score.
flag-unusual_times =
    The times spent on the items differ from what is usual at this pace of work. This may have harmless causes,
    such as an interruption. It changed no score.
flag-straight_lining =
    The answer in one and the same position was chosen many times in a row. This may have harmless causes, such
    as chance or the positions of the fitting answers. It changed no score.
flag-patterned_answers =
    The positions of the chosen answers recur in a regular order. This may have harmless causes, such as chance.
    It changed no score.

stop-precision = The test ended because the required precision was reached.
stop-length = The test ended because the largest number of items was reached.
stop-pool_exhausted = The test ended because no suitable item was left in the bank.
stop-path_complete = The test ended because all its modules had been completed.
stop-classified = The test ended because the answers suffice for the decisions that it was meant to make.
stop-curtailed = The test ended because the remaining questions would hardly have changed the result.
stop-no_further_gain = The test ended because a further question would hardly have made the result more precise.
stop-no_informative_item = The test ended because no question was left that could have told much more.
stop-theta_settled = The test ended because the last answers hardly changed the result.
stop-time_limit = The test ended because the time provided for it had been used.
stop-several_rules = The test ended because all the conditions set for its end were met.
stop-other = The test was ended by a rule of its own specification.
stop-broken_off = The test was broken off early.
stop-time_is_up = The sitting was ended because the time was up.
stop-examinee_left = The sitting was ended because the person tested left.
stop-technical = The sitting was ended for technical reasons.
stop-unknown = Why the test ended is not recorded.

## Head

title = Conclusion of the adaptive competency test
warning = Warning
running-warning = Illustrative example: not for decisions about people
facts-heading = Particulars
examinee = Person tested
examinee-unnamed = not stated
tested-at = Tested
concluded-at = Concluded
valid-until = Valid until
no-time = no time was handed in
no-validity = no limit is set
bank = Item bank
bank-version = Version of the bank
category = Category of post
norms = Norms
norms-value =
    { $population } ({ $date }; { $n ->
        [one] { $n } person
       *[other] { $n } persons
    })

## The whole result

overall-heading = Overall level
overall = Overall result
overall-band = Level
band-with-probability = { $band } (probability { $probability })
score-on-scale = Score ± standard error (scale { $from }–{ $to })
interval = 95 per cent interval of the score
percentile = Percentile
percentile-value = { $percentile } ({ $share } of the reference population have a lower score)
percentile-value-norms = { $percentile } ({ $share } of the norm population have a lower score)
ability = Estimate of θ ± standard error
bands-caption = Probability of every level
evidence-likeliest =
    The evidence does not yet suffice to give a level. The most probable one is “{ $band }” ({ $probability }),
    but it is given only where further evidence confirms it.
evidence-explained =
    “More evidence needed” is not a level and must not be read as a low result: the test should be continued or
    repeated.

## Blocks, profile, competencies

blocks-heading = Blocks
blocks-caption = Score ± standard error, level and probability of every level
profile-heading = Competency profile
profile-title = Competency profile on the scale of scores
profile-description =
    Every row is the overall result, a block or a competency. The mark shows the score, the horizontal line
    the 95 per cent interval, dashed vertical lines the cut scores between levels, a short vertical bar the
    threshold of the risk zone. All numbers stand in the tables as well.
legend-score = mark: score; horizontal line: 95 per cent interval
legend-summary = overall result and blocks
legend-cut = cut score between levels
legend-threshold = threshold of the risk zone
legend-beyond = the interval runs beyond the scale
competencies-heading = Competencies
competencies-caption = Score ± standard error, number of items and risk zone
risk-threshold = Threshold of the risk zone on the scale: { $threshold }.
zone-evidence =
    What such evidence can carry: of people truly in a risk zone it shows { $found } as being in it, and of people above it
    { $wrong } at most.
competencies-not-told-apart = Where all competencies of a block have the score of the block, the bank does not tell them apart: these scores are findings about the block, not about single competencies.
column-band = Level
column-scores = Scores
column-probability = Probability
column-block = Block
column-score = Score ± SE
column-competency = Competency
column-items = Items
column-risk = Risk zone
column-risk-probability = Probability below the threshold

## Verdict over all risk zones, strengths and weaknesses

above-heading = Above the risk zones on all competencies
above-yes = Yes: the result lies above the risk zones on all competencies.
above-no = No: this probability does not suffice to say that the result lies above the risk zones on all competencies.
above-unknown = Undetermined: on some competencies there is too little evidence.
above-probability = Joint probability of lying above the risk zones on all competencies: { $probability }.
contrast-heading = Strengths and weaknesses
contrast-explained =
    Each competency is compared with the other competencies of the same person, not with other people, and is
    named where the probability is { $probability } or more.
contrast-none = No competency stands out from the others with a probability of { $probability } or more.
contrast-none-here = none
strengths = Strengths
weaknesses = Weaknesses
with-probability = probability { $probability }

## Remarks and the end of the sitting

remarks-heading = Remarks
ending-heading = Length and end of the test
items-answered = { $n ->
    [one] { $n } item was answered.
   *[other] { $n } items were answered.
}
items-left = { $n ->
    [one] 1 item was left without an answer.
   *[other] { $n } items were left without an answer.
}

## Response quality: the numbers behind a remark

quality-unusual_answers =
    Index of fit lz*: { $value }; values below { $critical } are remarked on. Answers counted: { $n }.
quality-rapid_guessing =
    Answers faster than reading: { $rapid } of { $n }. Share of answers that took their time: { $value }; shares
    below { $critical } are remarked on.
quality-unusual_times =
    Departure of the times from the usual: { $value }; values from { $critical } on are remarked on. Times
    counted: { $n }, among them unusually short: { $fast }, unusually long: { $slow }.
quality-straight_lining =
    Longest run of one position: { $value }; runs from { $critical } on are remarked on. Answers counted: { $n }.
quality-patterned_answers =
    Share of positions that recur after every { $lag } items: { $value }; shares above { $critical } are
    remarked on. Answers counted: { $n }.
quality-false_alarm =
    The share of people who answer in the ordinary way and get this remark all the same is about { $rate }.
quality-false_alarm_unknown =
    How many people who answer in the ordinary way get this remark all the same was not found for this test.

## Why an item was presented

choice-item = Item no. { $step } of the test: { $item } (competency “{ $competency }”, block “{ $block }”).
choice-by-minimum =
    The test specification asks for a smallest number of items of every competency. It was not reached yet, so only items of
    the competencies concerned could come.
choice-by-criterion =
    The smallest numbers of items had been reached. The item was chosen by what it was expected to tell.
choice-by-start = The item belongs to the beginning of the test, which the test specification lays down.
choice-by-pilot =
    The item is being tried: its place was drawn by lot, its answer is not scored and has no effect on the test or on the
    result.
choice-by-ahead =
    The item comes from the list that was made in advance for a time without a connection; answers given in the meantime could not be
    taken into account.
choice-by-module = The test consists of modules that were put together beforehand; the item belongs to one of them.
choice-route = Panel “{ $panel }”, module “{ $module }”, item { $position } of { $n }.
choice-routed-number_correct =
    The module follows “{ $before }”: the points obtained were { $value }, from { $following } it was chosen by the cuts { $cuts }.
choice-routed-theta =
    The module follows “{ $before }”: the ability estimated was { $value }, from { $following } it was chosen by the cuts { $cuts }.
choice-routed-maximum_information =
    The module follows “{ $before }”: of the modules that could follow it was expected to tell most ({ $following }).
choice-routed-onwards = The module follows “{ $before }”; no other could.
choice-panel-draw = Which of the parallel panels a person gets is decided by a lot; the number drawn was { $draw }.
choice-by-unknown = The record does not say which rule brought the item.
choice-owed = Competencies concerned: { $competencies }.
choice-block = Known of the block “{ $block }”: ability { $theta } with the error { $se }; the error wanted is { $target }.
choice-asked = The block “{ $block }” was asked: of the blocks that counted it was furthest from the error wanted.
choice-rank = By its worth ({ $criterion }) the item was number { $rank } of { $n } that could come.
choice-draw = So that no item is worn out, a lot may decide between good items ({ $control }); the number drawn was { $draw }.
choice-diverges = The program that reads this record would itself have chosen otherwise: { $chosen }.

## Plots of a simulation study

plot-sittings = tests: { $n }
plot-true-theta = True ability θ
plot-error = Error (in units of θ)
plot-conditional-title = { $block }: errors by true ability
plot-bias = bias (mean error)
plot-rmse = root mean square error (RMSE)
plot-error_sd = standard deviation of the errors
plot-mean_se = standard error that the model reports (mean)
plot-lengths-title = Length of the test and why it ended
plot-length = Number of items presented
plot-share-of-sittings = Share of the tests
plot-mean-length = mean length: { $mean }
plot-ended = { $reason } ({ $share })
plot-end-precision = required precision reached
plot-end-length = largest number of items reached
plot-end-pool_exhausted = no suitable item left
plot-end-path_complete = all modules completed
plot-end-classified = all decisions made
plot-end-curtailed = the rest would hardly have changed the result
plot-end-no_further_gain = one more item would hardly have helped
plot-end-no_informative_item = no informative item left
plot-end-theta_settled = the last answers hardly changed the estimate
plot-end-time_limit = time used up
plot-end-several_rules = all conditions of the end met
plot-end-other = by a rule of the test’s own specification
plot-exposure-title = How often items are presented
plot-items-by-rate = Items, most often presented first
plot-rate = Share of the tests that present the item
plot-limit = limit: { $limit }
plot-greatest-rate = largest share: { $rate }
plot-overlap = share of a test that another test contains too: { $share }
plot-unused = items never presented: { $share }
plot-bands-title = Level of the overall result
plot-true-band = True level
plot-all-band = Level by all answers
plot-given-band = Level found by the test
plot-share-of-row = Share of the people of the row
plot-kappa = agreement: κ = { $kappa } ± { $error }, exact: { $share }
plot-rmse-axis = RMSE of θ (in units of θ)
plot-error-by-length = Error and length
plot-mean-length-axis = Mean number of items
plot-error-by-exposure = Error and use of the bank
plot-greatest-rate-axis = Largest share of the tests that present one item

## What the numbers mean

meaning-heading = What the numbers mean
meaning-score =
    Scores are reported on a scale of { $from }–{ $to }, on which the reference population has the mean { $mean }
    and the standard deviation { $sd }. A score is an estimate from the answers given; while answers are few, it
    stays close to the mean of that population.
meaning-score-norms =
    Scores are reported on a scale of { $from }–{ $to }, on which the norm population has the mean { $mean } and the
    standard deviation { $sd }. A score is an estimate from the answers given; while answers are few, it stays close to
    the mean of the reference population of the item bank.
meaning-percentile =
    Scores are percentile ranks on a scale of { $from }–{ $to }: a score of 70 means that the ability of 70 out of 100
    people of the reference population is lower. The same difference of scores means less in the middle of the scale
    than at its ends. A score is an estimate from the answers given; while answers are few, it stays close to the middle
    of that population.
meaning-percentile-norms =
    Scores are percentile ranks on a scale of { $from }–{ $to }: a score of 70 means that the ability of 70 out of 100
    people of the norm population is lower. The same difference of scores means less in the middle of the scale than at
    its ends. A score is an estimate from the answers given; while answers are few, it stays close to the mean of the
    reference population of the item bank.
meaning-norms =
    Scores and percentiles tell how a result compares with the norm population: { $population }; date of testing:
    { $date }; number of people: { $n }. Levels and risk zones do not depend on it. In the profile all results are shown
    on the scale of the overall result.
meaning-error =
    Every measurement has an error. The standard error (SE) after the sign ± says how large it is: in about two cases
    out of three the true score differs from the reported one by no more than one standard error, and in 95 out of 100
    it lies within the 95 per cent interval (± { $z } standard errors). Two scores that differ by less than these errors
    should not be treated as different.
meaning-band =
    The probability of a level says how surely the answers point to that level. The closer the score lies to a cut
    score, the less certain the level.
meaning-risk =
    The probability below the threshold is the probability that the true score on the competency lies below the
    threshold of the risk zone. It is a probability computed from the test, not an established fact about the person.

## Notice, decision, provenance

notice-heading = Automated system and your rights
notice-automated =
    An automated system took part in this conclusion: it selected the items, scored the answers and composed the text.
    It takes no decision about a person: the decision is taken by the authorised person named below.
notice-material =
    You may see all material of the test that concerns you: the log, your answers and how they affected the result. The
    result can be reproduced from the log.
notice-appeal =
    If you disagree with the result, you may appeal by the procedure and within the time set by the organisation that
    conducted the test.
decision-heading = Decision of the authorised person
decision-explained = To be completed by the person who decides; this conclusion is only one of the grounds.
decision-text = Decision
decision-name = Name and post
decision-signature = Signature
decision-date = Date
provenance-heading = Particulars for reproducing the result
provenance-bank = Item bank
provenance-blueprint = Test specification
provenance-bands = Cut scores
provenance-engine = Version of compassess
