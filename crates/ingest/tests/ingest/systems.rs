//! Files of systems and data sets, made after their public descriptions.

use seedtest_ingest::{Error, Field, Options, Reader, RejectReason, System, Wanted, parse_moment};

use crate::files::{Content, File, read_path};

/// What a file is taken for, and what is in it.
fn found(name: &str, text: &str, options: &Options) -> (Option<System>, Content) {
    let file = File::new(name, text);
    let system = Reader::open(file.path(), options).unwrap().system();
    (system, read_path(file.path(), options))
}

fn all(name: &str, text: &str) -> (Option<System>, Content) {
    found(name, text, &Options::default())
}

fn at(text: &str) -> i64 {
    parse_moment(text).unwrap().in_zone(&seedtest_responses::TimeZone::default())
}

#[test]
fn assistments_in_four_years() {
    let text = "order_id,assignment_id,user_id,assistment_id,problem_id,original,correct,ms_first_response,skill_id,skill_name,hint_count\n\
                33022537,277618,64525,33139,51424,1,1,32454,1,Box and Whisker,0\n\
                33022709,277618,64525,33150,51435,1,0.5,-4922,1,Box and Whisker,1\n";
    let (system, content) = all("skill_builder.csv", text);
    assert_eq!(system, Some(System::Assistments2009));
    assert_eq!(
        content.brief(),
        [(2, "64525", "51424", Some(true)), (3, "64525", "51435", Some(false))]
    );
    assert_eq!(content.answers[0].response_time_ms, Some(32_454));
    assert_eq!(content.counts.unknown.iter().collect::<Vec<_>>(), [(Field::ResponseTimeMs, 1)]);
    assert_eq!(content.answers[1].points, Some((0.5, Some(1.0))));

    let text = "problem_log_id,skill,problem_id,user_id,assignment_id,assistment_id,start_time,end_time,correct,ms_first_response,hint_count\n\
                1,,p1,u1,a1,s1,2012-09-28 15:11:27.0,2012-09-28 15:11:41.0,1,7000,0\n";
    let (system, content) = all("2012.csv", text);
    assert_eq!(system, Some(System::Assistments2012));
    assert_eq!(content.answers[0].at, Some(at("2012-09-28 15:11:41")));

    let (system, content) = all(
        "2015.csv",
        "user_id,log_id,sequence_id,correct\n50121,167478035,7014,0\n50121,167478043,7014,0.25\n",
    );
    assert_eq!(system, Some(System::Assistments2015));
    assert_eq!(
        content.brief(),
        [(2, "50121", "7014", Some(false)), (3, "50121", "7014", Some(false))]
    );

    let text = "studentId,MiddleSchoolId,skill,problemId,assignmentId,startTime,endTime,timeTaken,correct,hintCount\n\
                8,2,properties-of-geometric-figures,1118,a,1096470301,1096470350,49,0,0\n";
    let (system, content) = all("anonymized_full_release.csv", text);
    assert_eq!(system, Some(System::Assistments2017));
    assert_eq!(content.answers[0].response_time_ms, Some(49_000));
    assert_eq!(content.answers[0].topic.as_deref(), Some("properties-of-geometric-figures"));
}

#[test]
fn ednet_needs_its_questions() {
    let text = "timestamp,solving_id,question_id,user_answer,elapsed_time\n1565096190868,1,q5012,b,38000\n1565096221062,2,q4706,c,24000\n";
    let file = File::new("u1.csv", text);
    let error = file.open_error(&Options::default());
    assert!(matches!(error, Error::NeedsKey { system: System::EdNetKt1, .. }), "{error}");
    let key = File::new(
        "questions.csv",
        "question_id,bundle_id,correct_answer,part\nq5012,b1,b,5\nq4706,b2,d,2\n",
    );
    let options = Options { key: Some(key.path().to_owned()), ..Options::default() };
    let content = read_path(file.path(), &options);
    assert_eq!(content.brief(), [(2, "u1", "q5012", Some(true)), (3, "u1", "q4706", Some(false))]);
    assert_eq!(content.answers[0].response_time_ms, Some(38_000));
    assert_eq!(content.answers[0].at, Some(1_565_096_190_868_000));
}

#[test]
fn datashop_transactions_and_steps() {
    let text = "Row\tAnon Student Id\tSession Id\tTime\tTime Zone\tDuration (sec)\tProblem Name\tStep Name\tOutcome\tKC Category (Default)\tKC (Default)\n\
                1\tstu_1\tses\t2009-01-15 13:44:12\tUS/Eastern\t12.5\tPROB1\tstep1\tINCORRECT\t\tadd\n\
                2\tstu_1\tses\t2009-01-15 13:44:20\tUS/Eastern\t.\tPROB1\tstep1\tHINT\t\tadd\n\
                3\tstu_1\tses\t2009-01-15 13:44:30\tUS/Eastern\t3\tPROB1\tstep1\tCORRECT\t\tadd\n\
                4\tstu_1\tses\t2009-01-15 13:44:31\tUS/Eastern\t.\tPROB1\tstep1\t\t\t\n";
    let (system, content) = all("tx.txt", text);
    assert_eq!(system, Some(System::DataShop));
    assert_eq!(
        content.brief(),
        [
            (2, "stu_1", "PROB1/step1", Some(false)),
            (3, "stu_1", "PROB1/step1", Some(false)),
            (4, "stu_1", "PROB1/step1", Some(true)),
        ]
    );
    assert_eq!(content.reasons(), [(5, RejectReason::NotAnAnswer)]);
    assert_eq!(content.answers[0].at, Some(at("2009-01-15 13:44:12-05:00")));
    assert_eq!(
        (content.answers[0].response_time_ms, content.answers[1].hints),
        (Some(12_500), Some(1))
    );
    assert_eq!(content.answers[0].topic.as_deref(), Some("add"));

    let text = "Row\tAnon Student Id\tProblem Name\tStep Name\tFirst Transaction Time\tStep Duration (sec)\tFirst Attempt\tIncorrects\tHints\tCorrects\n\
                1\tstu_1\tP\tA\t2009-01-15 13:44:12.0\t4\tincorrect\t1\t0\t1\n\
                2\tstu_1\tP\tB\t2009-01-15 13:45:12.0\t.\thint\t0\t2\t1\n\
                3\tstu_1\tP\tC\t2009-01-15 13:46:12.0\t1\tcorrect\t0\t0\t1\n";
    let (system, content) = all("steps.txt", text);
    assert_eq!(system, Some(System::DataShopSteps));
    let rights: Vec<_> = content.answers.iter().map(|answer| answer.outcome).collect();
    assert_eq!(rights, [Some(false), Some(false), Some(true)]);
    assert_eq!(content.answers[1].hints, Some(2));
}

#[test]
fn open_university_and_riiid_count_from_a_start() {
    let oulad = "id_assessment,id_student,date_submitted,is_banked,score\n1752,11391,18,0,78\n1752,28400,22,0,100\n1752,31604,17,1,72\n";
    let (system, content) = all("studentAssessment.csv", oulad);
    assert_eq!(system, Some(System::Oulad));
    assert_eq!(
        content.brief(),
        [(2, "11391", "1752", Some(false)), (3, "28400", "1752", Some(true))]
    );
    assert_eq!(content.reasons(), [(4, RejectReason::NotAnAnswer)]);
    let timed = Options {
        wanted: Wanted::Timed,
        time_start: Some(parse_moment("2013-10-05").unwrap()),
        right_at: Some(0.4),
        ..Options::default()
    };
    let content = read_path(File::new("studentAssessment.csv", oulad).path(), &timed);
    assert_eq!(content.answers[0].at, Some(at("2013-10-23")));
    assert_eq!(content.answers[0].outcome, Some(true));

    let riiid = "row_id,timestamp,user_id,content_id,content_type_id,task_container_id,user_answer,answered_correctly,prior_question_elapsed_time,prior_question_had_explanation\n\
                 0,0,115,5692,0,1,3,1,,\n1,56943,115,5716,0,2,2,1,37000.0,False\n2,118363,115,128,0,0,0,1,55000.0,False\n\
                 3,131167,115,9,1,3,-1,-1,,\n4,0,124,5692,0,1,3,0,,\n5,50000,124,5716,0,2,3,0,10000.0,False\n";
    let (system, content) = all("train.csv", riiid);
    assert_eq!(system, Some(System::Riiid));
    assert_eq!(
        (content.answers.len(), content.reasons()),
        (5, vec![(5, RejectReason::NotAnAnswer)])
    );
    let timed =
        Options { wanted: Wanted::Timed, time_start: timed.time_start, ..Options::default() };
    let content = read_path(File::new("train.csv", riiid).path(), &timed);
    assert_eq!(content.answers[1].at, Some(at("2013-10-05") + 56_943_000));
}

#[test]
fn pisa_items_are_told_from_everything_else() {
    let text = "CNT,CNTSTUID,CM033Q01S,CM474Q01S,DM155Q02C,CM155Q01S,CM033Q01TT,ST004D01T\n\
                KOR,100001,1,0,2,9,45000,1\nKOR,100002,0,1,1,6,1000,2\nKOR,100003,1,1,0,0,2000,1\nKOR,100004,8,0,2,1,3000,2\n";
    let (system, content) = all("cog.csv", text);
    assert_eq!(system, Some(System::Pisa));
    let of = |student: &str| -> Vec<_> {
        let own = content.answers.iter().filter(|answer| answer.student == student);
        own.map(|answer| (answer.item.as_str(), answer.outcome)).collect()
    };
    assert_eq!(
        of("100001"),
        [("CM033Q01S", Some(true)), ("CM474Q01S", Some(false)), ("DM155Q02C", Some(true))]
    );
    assert_eq!(of("100002")[2], ("DM155Q02C", Some(false)));
    assert_eq!((content.answers.len(), content.counts.unanswered), (13, 3));
}

#[test]
fn canvas_and_moodle_quizzes() {
    let text = "name,id,sis_id,section,submitted,attempt,\"101: Which is\nprime?\",1.0,\"102: Area, of\ncircle\",2.0,n correct,n incorrect,score\n\
                P,11,x1,S1,2025-03-03 09:00:00 UTC,1,\"2\",1.0,\"4\",0.0,1,1,1.0\n\
                Q,12,x2,S1,2025-03-03 09:00:00 UTC,1,\"3\",0.0,\"5\",2.0,1,1,1.0\n";
    let (system, content) = all("canvas.csv", text);
    assert_eq!(system, Some(System::CanvasQuiz));
    let brief: Vec<_> = content.brief().into_iter().map(|(_, s, i, right)| (s, i, right)).collect();
    assert_eq!(
        brief,
        [
            ("11", "101", Some(true)),
            ("11", "102", Some(false)),
            ("12", "101", Some(false)),
            ("12", "102", Some(true))
        ]
    );
    assert_eq!(content.answers[0].at, Some(at("2025-03-03T09:00:00Z")));

    let text = "Last name,First name,ID number,State,Started on,Completed,Time taken,Grade/3.00,Q. 1 /1.00,Q. 2 /2.00\n\
                Kim,Amy,7,Finished,3 March 2025  9:00 AM,3 March 2025  9:10 AM,10 mins,2.00,1.00,1.00\n\
                Overall average,,,,,,,2.00,1.00,1.00\n";
    let (system, content) = all("grades.csv", text);
    assert_eq!(system, Some(System::MoodleQuiz));
    assert_eq!(content.brief(), [(2, "7", "Q1", Some(true)), (2, "7", "Q2", Some(false))]);
    assert_eq!(content.answers[1].points, Some((1.0, Some(2.0))));
    assert_eq!(content.answers[0].at, Some(at("2025-03-03 09:10")));
    assert!(
        content
            .reasons()
            .iter()
            .all(|(line, reason)| (*line, *reason) == (3, RejectReason::SummaryRow))
    );

    let text = "성,이름,학번,상태,시작,완료,응답 1,정답 1,응답 2,정답 2\n김,서연,11,종료됨,2025-03-03 09:00,2025-03-03 09:10,네,네,-,둘\n";
    let (system, content) = all("responses.csv", text);
    assert_eq!(system, Some(System::MoodleQuiz));
    assert_eq!(content.brief(), [(2, "11", "Q1", Some(true))]);

    let text = "Time,User full name,Affected user,Event context,Component,Event name,Description,Origin,IP address\n\
                \"3/03/25, 09:00\",Amy Kim,-,Quiz: Fractions,Quiz,Quiz attempt submitted,x,web,1.2.3.4\n\
                \"13/03/25, 09:05\",Amy Kim,-,Course: Maths,System,Course viewed,x,web,1.2.3.4\n";
    let options =
        Options { date_format: seedtest_ingest::DateFormat::parse("dmy"), ..Options::default() };
    let (system, content) = found("log.csv", text, &options);
    assert_eq!(system, Some(System::MoodleLog));
    assert_eq!(content.brief(), [(2, "Amy Kim", "Quiz: Fractions", None)]);
    assert_eq!(content.answers[0].at, Some(at("2025-03-03 09:00")));
}

#[test]
fn open_edx_in_two_forms() {
    let text = "id\tmodule_type\tmodule_id\tstudent_id\tstate\tgrade\tcreated\tmodified\tmax_grade\tdone\tcourse_id\n\
                1\tproblem\tblock-v1:X+p1\t55\t{\"a\": \"b\\\"c\"}\t1\t2025-03-03 09:00:00\t2025-03-03 09:05:00\t2\tna\tc1\n\
                2\tproblem\tblock-v1:X+p2\t55\t{}\tNULL\t2025-03-03 09:00:00\t2025-03-03 09:05:00\tNULL\tna\tc1\n\
                3\tvideo\tblock-v1:X+v1\t55\t{}\tNULL\t2025-03-03 09:00:00\t2025-03-03 09:05:00\tNULL\tna\tc1\n";
    let (system, content) = all("in.tsv", text);
    assert_eq!(system, Some(System::EdxModule));
    assert_eq!(
        content.brief(),
        [(2, "55", "block-v1:X+p1", Some(false)), (3, "55", "block-v1:X+p2", None)]
    );
    assert_eq!(content.answers[0].points, Some((1.0, Some(2.0))));
    assert_eq!(content.reasons(), [(4, RejectReason::NotAnAnswer)]);

    let text = "{\"username\":\"amy\",\"event_type\":\"problem_check\",\"event_source\":\"server\",\"time\":\"2025-03-03T09:00:00.5+00:00\",\"context\":{\"user_id\":55,\"course_id\":\"c1\"},\"event\":{\"problem_id\":\"p1\",\"success\":\"correct\",\"grade\":1,\"max_grade\":1}}\n\
                {\"username\":\"amy\",\"event_type\":\"play_video\",\"event_source\":\"browser\",\"context\":{},\"event\":\"{}\"}\n";
    let (system, content) = all("tracking.log", text);
    assert_eq!(system, Some(System::EdxLog));
    assert_eq!(content.brief(), [(1, "55", "p1", Some(true))]);
    assert_eq!(content.reasons(), [(2, RejectReason::NotAnAnswer)]);
}

#[test]
fn statements_in_lines_arrays_and_envelopes() {
    let one = "{\"id\":\"u1\",\"actor\":{\"account\":{\"name\":\"s1\"}},\"verb\":{\"id\":\"http://adlnet.gov/expapi/verbs/answered\"},\"object\":{\"id\":\"http://ex.org/q1\"},\"result\":{\"success\":true,\"duration\":\"PT12.3S\"},\"timestamp\":\"2025-03-03T09:00:00.000Z\"}";
    let two = one.replace("s1", "s2").replace("true", "false");
    let texts = [
        format!("{one}\n{two}\n"),
        format!("[{one},\n{two}]"),
        format!("{{\"statements\":[{one},{two}],\"more\":\"\"}}"),
        format!("{{\n \"statements\": [\n{one},\n{two}\n]}}"),
    ];
    for text in texts {
        let (system, content) = all("statements.json", &text);
        assert_eq!(system, Some(System::Xapi), "{text}");
        let rights: Vec<_> = content
            .answers
            .iter()
            .map(|a| (a.student.as_str(), a.item.as_str(), a.outcome))
            .collect();
        assert_eq!(
            rights,
            [("s1", "http://ex.org/q1", Some(true)), ("s2", "http://ex.org/q1", Some(false))],
            "{text}"
        );
        assert_eq!(content.answers[0].response_time_ms, Some(12_300));
    }
}

#[test]
fn caliper_envelopes() {
    let grade = "{\"id\":\"urn:uuid:1\",\"type\":\"GradeEvent\",\"action\":\"Graded\",\"actor\":{\"id\":\"grader\"},\"object\":{\"id\":\"a1\",\"type\":\"Attempt\",\"assignee\":\"https://x/u/1\",\"assignable\":\"https://x/i/1\",\"duration\":\"PT5S\"},\"generated\":{\"type\":\"Score\",\"maxScore\":2,\"scoreGiven\":2},\"eventTime\":\"2025-03-03T09:00:00.000Z\"}";
    let text = format!(
        "{{\"sensor\":\"s\",\"sendTime\":\"2025-03-03T09:00:00.000Z\",\"dataVersion\":\"http://purl.imsglobal.org/ctx/caliper/v1p2\",\"data\":[{grade},{{\"type\":\"SessionEvent\",\"action\":\"LoggedIn\"}}]}}"
    );
    let (system, content) = all("caliper.json", &text);
    assert_eq!(system, Some(System::Caliper));
    assert_eq!(content.brief(), [(1, "https://x/u/1", "https://x/i/1", Some(true))]);
    assert_eq!(content.answers[0].response_time_ms, Some(5_000));
    assert_eq!(content.reasons(), [(1, RejectReason::NotAnAnswer)]);
}

#[test]
fn qti_results() {
    let text = "<?xml version=\"1.0\"?>\n<assessmentResult xmlns=\"http://www.imsglobal.org/xsd/imsqti_result_v3p0\">\n\
        <context sourcedId=\"amy\"/>\n<testResult identifier=\"T1\" datestamp=\"2025-03-03T09:30:00Z\"/>\n\
        <itemResult identifier=\"I1\" datestamp=\"2025-03-03T09:10:00Z\" sessionStatus=\"final\">\n\
        <responseVariable identifier=\"RESPONSE\" cardinality=\"single\" baseType=\"identifier\"><candidateResponse><value>ChoiceA</value></candidateResponse></responseVariable>\n\
        <responseVariable identifier=\"duration\" baseType=\"duration\"><candidateResponse><value>12.5</value></candidateResponse></responseVariable>\n\
        <outcomeVariable identifier=\"SCORE\" baseType=\"float\" normalMaximum=\"2\"><value>1</value></outcomeVariable></itemResult>\n\
        <itemResult identifier=\"I2\" datestamp=\"2025-03-03T09:20:00Z\" sessionStatus=\"final\"><outcomeVariable identifier=\"SCORE\" baseType=\"float\"><value>1</value></outcomeVariable></itemResult>\n\
        <itemResult identifier=\"I3\" datestamp=\"2025-03-03T09:20:00Z\" sessionStatus=\"initial\"/>\n</assessmentResult>\n";
    let (system, content) = all("result.xml", text);
    assert_eq!(system, Some(System::QtiResults));
    assert_eq!(content.brief(), [(1, "amy", "I1", Some(false)), (2, "amy", "I2", Some(true))]);
    assert_eq!(content.answers[0].points, Some((1.0, Some(2.0))));
    assert_eq!(content.answers[0].response_time_ms, Some(12_500));
    assert_eq!(content.answers[0].at, Some(at("2025-03-03T09:10:00Z")));
    assert_eq!(content.reasons(), [(3, RejectReason::NotAnAnswer)]);
    let escaped = text.replace("\"amy\"", "\"amy &amp; co\"").replace("\"I1\"", "\"3 &lt; 4\"");
    let (_, content) = all("result.xml", &escaped);
    assert_eq!(content.brief()[0], (1, "amy & co", "3 < 4", Some(false)));
    let cut = File::new("result.xml", &text[..text.len() - 60]);
    assert!(matches!(read_path(cut.path(), &Options::default()).failure, Some(Error::Xml { .. })));
}

#[test]
fn research_formats() {
    let (system, content) = all(
        "irt.jsonlines",
        "{\"subject_id\":\"pedro\",\"responses\":{\"q1\":1,\"q2\":0}}\n{\"subject_id\":\"ken\",\"responses\":{\"q1\":0}}\n",
    );
    assert_eq!(system, Some(System::PyIrt));
    assert_eq!(
        content.brief(),
        [
            (1, "pedro", "q1", Some(true)),
            (1, "pedro", "q2", Some(false)),
            (2, "ken", "q1", Some(false))
        ]
    );
    let (system, content) =
        all("irw.csv", "id,item,resp,rt,cov_age\n1,a,1,2.5,12\n1,b,0,1.5,12\n2,a,NA,,13\n");
    assert_eq!(system, Some(System::Irw));
    assert_eq!(content.brief()[2], (4, "2", "a", None));
    assert_eq!(content.answers[0].response_time_ms, Some(2_500));
    let (system, content) = all(
        "results.csv",
        "sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,resultValueMax\nr1,active,,li1,st1,fully graded,8,2025-03-03,10\nr2,active,,li1,st2,exempt,,2025-03-03,10\n",
    );
    assert_eq!(system, Some(System::OneRoster));
    assert_eq!(content.brief(), [(2, "st1", "li1", Some(false))]);
    assert_eq!(content.reasons(), [(3, RejectReason::NotAnAnswer)]);
}

#[test]
fn a_system_that_is_named_has_to_be_there() {
    let options = Options { from: Some(System::CanvasQuiz), ..Options::default() };
    let error = File::new("log.csv", "student,item,correct\na,q,1\n").open_error(&options);
    assert!(matches!(error, Error::NotFromSystem { .. }), "{error}");
    let options = Options { from: Some(System::Oulad), ..Options::default() };
    let error = File::new("log.csv", "id_student,score\na,1\n").open_error(&options);
    assert!(error.to_string().contains("idassessment, datesubmitted"), "{error}");
}

#[test]
fn what_the_user_maps_goes_before_the_system() {
    let options = Options {
        map: seedtest_ingest::ColumnMap::parse("student=id,item=item,correct=other").unwrap(),
        ..Options::default()
    };
    let content = read_path(File::new("irw.csv", "id,item,resp,other\n1,a,1,0\n").path(), &options);
    assert_eq!(content.brief(), [(2, "1", "a", Some(false))]);
}
