//! The tables of each system, by their public descriptions.

use super::System;
use super::recipe::Recipe;
use super::rule::{Filter, OutcomeWords};
use crate::field::Field;
use crate::time::TimeUnit;

const HINT: OutcomeWords = OutcomeWords { hint: &["hint", "initial_hint", "hint_request"] };

/// How the table of a system is read; `None` for one whose files are no such tables.
#[allow(clippy::too_many_lines, reason = "one entry a system")]
pub(super) fn recipe(system: System) -> Option<Recipe> {
    use Field::{
        Answer, CompletedAt, Correct, Hints, Item, MaxPoints, ResponseTimeMs, ResponseTimeS,
        Session, Student, Subject, TimeZone, Topic,
    };
    Some(match system {
        System::Assistments2009 => Recipe {
            without: &["starttime", "problemlogid"],
            max_points: Some(1.0),
            since_start: Some(TimeUnit::Milliseconds),
            dropped: "scaffolding is kept as answers of its own; order_id stands for the time, which the \
                      file does not have",
            ..Recipe::new(
                system,
                &["orderid", "userid", "problemid", "correct", "assistmentid"],
                &[
                    (Student, &["userid"]),
                    (Item, &["problemid"]),
                    (Correct, &["correct"]),
                    (CompletedAt, &["orderid"]),
                    (ResponseTimeMs, &["msfirstresponse"]),
                    (Hints, &["hintcount"]),
                    (Topic, &["skillid", "skillname"]),
                    (Session, &["assignmentid"]),
                ],
            )
        },
        System::Assistments2012 => Recipe {
            max_points: Some(1.0),
            dropped: "affect estimates and actions",
            ..Recipe::new(
                system,
                &["userid", "problemid", "correct", "starttime", "assistmentid", "assignmentid"],
                &[
                    (Student, &["userid"]),
                    (Item, &["problemid"]),
                    (Correct, &["correct"]),
                    (CompletedAt, &["endtime", "starttime"]),
                    (ResponseTimeMs, &["msfirstresponse"]),
                    (Hints, &["hintcount"]),
                    (Topic, &["skillid", "skill", "skillname"]),
                    (Session, &["assignmentid"]),
                ],
            )
        },
        System::Assistments2015 => Recipe {
            without: &["problemid", "itemid", "questionid"],
            max_points: Some(1.0),
            since_start: Some(TimeUnit::Milliseconds),
            dropped: "log_id stands for the time and sequence_id for the item: the file has neither",
            ..Recipe::new(
                system,
                &["userid", "logid", "sequenceid", "correct"],
                &[
                    (Student, &["userid"]),
                    (Item, &["sequenceid"]),
                    (Correct, &["correct"]),
                    (CompletedAt, &["logid"]),
                    (Topic, &["sequenceid"]),
                ],
            )
        },
        System::Assistments2017 => Recipe {
            max_points: Some(1.0),
            dropped: "features of the competition",
            ..Recipe::new(
                system,
                &["studentid", "problemid", "correct", "starttime", "timetaken", "skill"],
                &[
                    (Student, &["studentid"]),
                    (Item, &["problemid"]),
                    (Correct, &["correct"]),
                    (CompletedAt, &["endtime", "starttime"]),
                    (ResponseTimeS, &["timetaken"]),
                    (Hints, &["hintcount"]),
                    (Topic, &["skill"]),
                    (Session, &["assignmentid"]),
                ],
            )
        },
        System::DataShop => Recipe {
            item_part: Some("stepname"),
            outcome_words: Some(HINT),
            dropped: "selections, actions, inputs, feedback and rows without an outcome",
            ..Recipe::new(
                system,
                &["anonstudentid", "problemname", "stepname", "outcome"],
                &[
                    (Student, &["anonstudentid"]),
                    (Item, &["problemname"]),
                    (Correct, &["outcome"]),
                    (CompletedAt, &["time"]),
                    (TimeZone, &["timezone"]),
                    (ResponseTimeS, &["durationsec"]),
                    (Topic, &["kcdefault", "kc*"]),
                    (Session, &["sessionid"]),
                    (Subject, &["levelunit", "level*"]),
                ],
            )
        },
        System::DataShopSteps => Recipe {
            item_part: Some("stepname"),
            outcome_words: Some(HINT),
            dropped: "durations of right and wrong steps, opportunities",
            ..Recipe::new(
                system,
                &["anonstudentid", "problemname", "stepname", "firsttransactiontime"],
                &[
                    (Student, &["anonstudentid"]),
                    (Item, &["problemname"]),
                    (Correct, &["correctfirstattempt", "firstattempt"]),
                    (CompletedAt, &["firsttransactiontime"]),
                    (ResponseTimeS, &["stepdurationsec"]),
                    (Hints, &["hints"]),
                    (Topic, &["kcdefault", "kc*"]),
                ],
            )
        },
        System::EdNetKt1 => Recipe {
            student_is_file: true,
            dropped: "bundles; the right options come from --key questions.csv",
            ..Recipe::new(
                system,
                &["timestamp", "solvingid", "questionid", "useranswer", "elapsedtime"],
                &[
                    (Student, &["userid"]),
                    (Item, &["questionid"]),
                    (Answer, &["useranswer"]),
                    (CompletedAt, &["timestamp"]),
                    (ResponseTimeMs, &["elapsedtime"]),
                    (Session, &["solvingid"]),
                ],
            )
        },
        System::EdxModule => Recipe {
            filter: Some(Filter { column: "moduletype", kept: &["problem"] }),
            dropped: "modules that are no problems, and states",
            ..Recipe::new(
                system,
                &["moduletype", "moduleid", "studentid", "grade", "maxgrade"],
                &[
                    (Student, &["studentid"]),
                    (Item, &["moduleid"]),
                    (Correct, &["grade"]),
                    (MaxPoints, &["maxgrade"]),
                    (CompletedAt, &["modified", "created"]),
                    (Subject, &["courseid"]),
                ],
            )
        },
        System::Irw => Recipe {
            dropped: "covariates, raters and waves",
            ..Recipe::new(
                system,
                &["id", "item", "resp"],
                &[
                    (Student, &["id"]),
                    (Item, &["item"]),
                    (Correct, &["resp"]),
                    (CompletedAt, &["date"]),
                    (ResponseTimeS, &["rt"]),
                ],
            )
        },
        System::MoodleLog => Recipe {
            filter: Some(Filter {
                column: "eventname",
                kept: &[
                    "quizattemptsubmitted",
                    "attemptsubmitted",
                    "퀴즈시도제출됨",
                    "퀴즈시도가제출됨",
                    "testversuchabgegeben",
                ],
            }),
            dropped: "events that are no submitted quiz; a log does not say what was right",
            ..Recipe::new(
                system,
                &["userfullname", "eventcontext", "component", "eventname"],
                &[
                    (Student, &["userfullname"]),
                    (Item, &["eventcontext"]),
                    (CompletedAt, &["time"]),
                ],
            )
        },
        System::OneRoster => Recipe {
            filter: Some(Filter {
                column: "scorestatus",
                kept: &["fullygraded", "partiallygraded", "submitted", ""],
            }),
            dropped: "results that are exempt or not submitted, and comments",
            ..Recipe::new(
                system,
                &["lineitemsourcedid", "studentsourcedid", "score"],
                &[
                    (Student, &["studentsourcedid"]),
                    (Item, &["lineitemsourcedid"]),
                    (Correct, &["score"]),
                    (MaxPoints, &["resultvaluemax"]),
                    (CompletedAt, &["scoredate"]),
                ],
            )
        },
        System::Oulad => Recipe {
            filter: Some(Filter { column: "isbanked", kept: &["0"] }),
            max_points: Some(100.0),
            since_start: Some(TimeUnit::Days),
            dropped: "results brought from an earlier presentation; days count from --time-start",
            ..Recipe::new(
                system,
                &["idassessment", "idstudent", "datesubmitted", "score"],
                &[
                    (Student, &["idstudent"]),
                    (Item, &["idassessment"]),
                    (Correct, &["score"]),
                    (CompletedAt, &["datesubmitted"]),
                ],
            )
        },
        System::Riiid => Recipe {
            filter: Some(Filter { column: "contenttypeid", kept: &["0", "false"] }),
            since_start: Some(TimeUnit::Milliseconds),
            dropped: "lectures, and the time taken, which the file gives of the question before",
            ..Recipe::new(
                system,
                &["timestamp", "userid", "contentid", "contenttypeid", "answeredcorrectly"],
                &[
                    (Student, &["userid"]),
                    (Item, &["contentid"]),
                    (Correct, &["answeredcorrectly"]),
                    (CompletedAt, &["timestamp"]),
                    (Session, &["taskcontainerid"]),
                ],
            )
        },
        System::Caliper
        | System::CanvasQuiz
        | System::EdxLog
        | System::MoodleQuiz
        | System::Pisa
        | System::PyIrt
        | System::QtiResults
        | System::Xapi => return None,
    })
}
