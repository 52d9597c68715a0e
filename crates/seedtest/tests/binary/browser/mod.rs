//! The pages in a real browser: every page as every role, what people do there, and how somebody new gets to the page
//! of their own class.

mod chromium;
mod pages;
mod school;
mod tab;
mod walk;
mod work;

use chromium::Chromium;
use school::School;

/// One school and one browser for everything: making them takes longer than most of what is looked at.
#[test]
fn every_page_as_every_role_and_everything_that_is_done_there() {
    let school = School::open();
    let chromium = Chromium::start();
    pages::of_every_role(&school, &chromium);
    pages::before_anybody_signs_in(&school, &chromium);
    work::a_teacher(&school, &chromium);
    work::an_operator(&school, &chromium);
    work::two_tabs_and_a_session_that_is_over(&school, &chromium);
    work::nothing_is_lost_when_the_session_ends(&school, &chromium);
    work::an_upload_that_breaks_off(&school, &chromium);
}
