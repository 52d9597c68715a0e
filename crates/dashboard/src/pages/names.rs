//! What topics and items are called in the language of the reader; stored documents hold their ids.

use std::collections::HashMap;

use seedtest_pipeline::Lang;
use seedtest_report::{
    ClassReport, OperatorReport, SchoolOverview, StudentReport, StudentRow, TopicScore,
};
use seedtest_store::{ContentKind, Store};

use crate::refusal::PageResult;

/// Names of topics, or of items, by id.
#[derive(Debug, Default)]
pub(crate) struct Names(HashMap<String, String>);

impl Names {
    pub(crate) async fn of_topics(store: &Store, lang: Lang) -> PageResult<Self> {
        Self::read(store, ContentKind::Topic, lang).await
    }

    pub(crate) async fn of_items(store: &Store, lang: Lang) -> PageResult<Self> {
        Self::read(store, ContentKind::Item, lang).await
    }

    async fn read(store: &Store, kind: ContentKind, lang: Lang) -> PageResult<Self> {
        let mut names = HashMap::new();
        for name in store.content_names_of(kind).await? {
            if name.lang == lang.tag() {
                names.insert(name.id, name.name);
            } else {
                // A name of the other language is better than none.
                names.entry(name.id).or_insert(name.name);
            }
        }
        Ok(Self(names))
    }

    /// The name, or the id where there is none.
    pub(crate) fn of(&self, id: &str) -> String {
        self.0.get(id).map_or_else(|| id.to_owned(), Clone::clone)
    }

    pub(crate) fn topics(&self, topics: &mut [TopicScore]) {
        for topic in topics {
            topic.topic = self.of(&topic.topic);
        }
    }

    pub(crate) fn row(&self, mut row: StudentRow) -> StudentRow {
        self.topics(&mut row.topics);
        row
    }

    pub(crate) fn class(&self, mut report: ClassReport) -> ClassReport {
        self.topics(&mut report.topics);
        report
    }

    pub(crate) fn student(&self, mut report: StudentReport) -> StudentReport {
        self.topics(&mut report.topics);
        for goal in &mut report.own_goals {
            goal.topic = self.of(&goal.topic);
        }
        report
    }

    pub(crate) fn school(&self, mut overview: SchoolOverview) -> SchoolOverview {
        self.topics(&mut overview.topics);
        for class in &mut overview.classes {
            self.weak(&mut class.weak_topics);
        }
        overview
    }

    /// Topics with how many students have to practise them.
    pub(crate) fn weak(&self, topics: &mut [(String, u32)]) {
        for (topic, _) in topics {
            *topic = self.of(topic);
        }
    }
}

/// A report on the models with the names of items and topics.
pub(crate) fn named(mut report: OperatorReport, items: &Names, topics: &Names) -> OperatorReport {
    for item in &mut report.items {
        item.item = items.of(&item.item);
        item.topic = item.topic.take().map(|topic| topics.of(&topic));
    }
    for item in &mut report.item_pages {
        item.item = items.of(&item.item);
    }
    for item in &mut report.category_pages {
        item.item = items.of(&item.item);
    }
    for anchor in report.linking.iter_mut().flat_map(|linking| &mut linking.anchors) {
        anchor.item = items.of(&anchor.item);
    }
    report
}
