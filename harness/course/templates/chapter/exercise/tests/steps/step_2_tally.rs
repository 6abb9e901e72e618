//! Step 2: count each word.

use lab::{Lab, Observation};

use super::subject;

#[test]
fn a_word_is_counted_as_often_as_it_is_there() {
    lab::step(async |lab: &Lab| {
        let seed = lab.seed();
        let known: Vec<String> = (0..3).map(|_| seed.word()).collect();
        let mut words = known.clone();
        for word in &known {
            words.extend((0..seed.number(1..=4)).map(|_| word.clone()));
        }
        seed.shuffle(&mut words);
        let tally = lab.call(async || subject::tally::tally(&words)).await;
        let observation = tally.iter().fold(Observation::new(), |observation, (word, number)| {
            observation.fact(word, number)
        });
        lab.observe(observation.fact("words", words.len()))
    });
}

#[test]
fn no_words_make_an_empty_tally() {
    lab::step(async |lab: &Lab| {
        let words = lab.call(async || subject::tally::tally(&[]).len()).await;
        lab.observe(Observation::new().fact("words", words))
    });
}
