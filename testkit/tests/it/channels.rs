//! The engine double's channels: the real SDK at one end or at both, the test's own ends at the other.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use iii_sdk::channel::{ChannelReader, ChannelWriter};
use iii_sdk::helpers::create_channel;
use iii_sdk::types::Channel;
use serde_json::Value;
use testkit::engine::{BrokenOff, ChannelSink, Engine, Received};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};

use crate::sdk::Sdk;

/// Long enough to fill what lies between two ends, were it let.
const MUCH: usize = 64 << 20;

const PATIENCE: Duration = Duration::from_secs(10);

async fn channel(engine: &Engine) -> (Sdk, Channel) {
    let sdk = Sdk::connect(engine, []);
    engine.worker_metadata().await;
    let channel = create_channel(&sdk.client, None).await.expect("a channel");
    (sdk, channel)
}

fn sink(engine: &Engine, channel: &Channel) -> ChannelSink {
    let reference = serde_json::to_value(&channel.reader_ref).expect("JSON");
    engine.sink(&reference)
}

fn reader(engine: &Engine, reference: Value) -> ChannelReader {
    let reference = serde_json::from_value(reference).expect("a reference");
    ChannelReader::new(&engine.url(), &reference)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_sdk_writes_another_reads() {
    let engine = Engine::start().await;
    let (_sdk, channel) = channel(&engine).await;
    let bytes: Vec<u8> = (0..300_000_u32).map(|n| n as u8).collect();
    let texts = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&texts);
    channel
        .reader
        .on_message(move |text| heard.lock().unwrap().push(text))
        .await;
    let write = async {
        channel.writer.send_message("begins").await.unwrap();
        channel.writer.write(&bytes).await.unwrap();
        channel.writer.close().await.unwrap();
    };
    let ((), read) = tokio::join!(write, channel.reader.read_all());
    assert_eq!(read.unwrap(), bytes);
    assert_eq!(*texts.lock().unwrap(), ["begins"]);
    drop(channel);
    engine.wait_channels(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_before_a_reader_comes_waits_for_it() {
    let engine = Engine::start().await;
    let (_sdk, channel) = channel(&engine).await;
    channel.writer.write(b"early").await.unwrap();
    channel.writer.close().await.unwrap();
    assert_eq!(channel.reader.read_all().await.unwrap(), b"early");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_reads_what_a_test_sends() {
    let engine = Engine::start().await;
    let source = engine.source();
    let reader = reader(&engine, source.reference());
    let bytes = vec![7; 1 << 20];
    let ((), read) = tokio::join!(source.send_all(&bytes), reader.read_all());
    assert_eq!(read.unwrap(), bytes);
    drop(reader);
    engine.wait_channels(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_test_reads_what_a_worker_writes() {
    let engine = Engine::start().await;
    let (_sdk, channel) = channel(&engine).await;
    let sink = sink(&engine, &channel);
    let write = async {
        channel.writer.write(b"bytes").await.unwrap();
        channel.writer.send_message("text").await.unwrap();
        channel.writer.close().await.unwrap();
    };
    let ((), received) = tokio::join!(write, sink.read_to_end());
    let expected = Received {
        bytes: b"bytes".to_vec(),
        texts: vec!["text".to_owned()],
    };
    assert_eq!(received, Ok(expected));
    engine.wait_channels(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_breaks_off_is_an_error_to_the_reader() {
    let engine = Engine::start().await;
    for code in [1001, 1011, 4000] {
        let source = engine.source();
        let reader = reader(&engine, source.reference());
        assert!(source.send(b"the first half").await);
        assert_eq!(reader.next_binary().await.unwrap().unwrap(), b"the first half");
        source.break_off(code, "the disk is full").await;
        let error = reader.next_binary().await.unwrap_err().to_string();
        assert!(
            error.contains(&code.to_string()) && error.contains("the disk is full"),
            "{error}"
        );
    }
    let source = engine.source();
    let reader = reader(&engine, source.reference());
    drop(source);
    let error = reader.next_binary().await.unwrap_err().to_string();
    assert!(error.contains("1011"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_is_lost_is_an_error_to_the_reader() {
    let engine = Engine::start().await;
    let (_sdk, channel) = channel(&engine).await;
    let mut sink = sink(&engine, &channel);
    channel.writer.write(b"half").await.unwrap();
    drop(channel);
    assert_eq!(sink.next().await, Ok(Some(Message::binary(b"half".to_vec()))));
    assert_eq!(sink.next().await.map_err(|BrokenOff { code, .. }| code), Err(1011));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_source_keeps_the_reader_waiting() {
    let engine = Engine::start().await;
    let source = engine.source();
    let reader = reader(&engine, source.reference());
    let waited = timeout(Duration::from_millis(200), reader.next_binary()).await;
    assert!(waited.is_err(), "{waited:?}");
    reader.close().await.unwrap();
    drop(reader);
    engine.wait_channels(0).await;
    assert!(!source.send(b"late").await, "nobody takes it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_never_reads_holds_the_writer_up_until_it_goes() {
    let engine = Engine::start().await;
    let (_sdk, channel) = channel(&engine).await;
    let sink = sink(&engine, &channel);
    let much = vec![0; MUCH];
    {
        let mut writing = Box::pin(channel.writer.write(&much));
        let waited = timeout(Duration::from_millis(500), &mut writing).await;
        assert!(waited.is_err(), "{MUCH} bytes are taken though nobody reads");
        drop(sink);
        let failed = timeout(PATIENCE, writing).await.expect("an end");
        failed.unwrap_err();
    }
    engine.wait_channels(0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn back_pressure_reaches_from_sdk_to_sdk_and_loses_nothing() {
    let engine = Engine::start().await;
    let (_sdk, channel) = channel(&engine).await;
    let much = vec![3; MUCH];
    let mut writing = Box::pin(channel.writer.write(&much));
    let first = async {
        let first = channel.reader.next_binary().await.unwrap().unwrap();
        sleep(Duration::from_millis(500)).await;
        first.len()
    };
    let first = tokio::select! {
        written = &mut writing => panic!("all is taken: {written:?}"),
        first = first => first,
    };
    let write = async {
        writing.await.unwrap();
        channel.writer.close().await.unwrap();
    };
    let ((), rest) = tokio::join!(write, channel.reader.read_all());
    assert_eq!(first + rest.unwrap().len(), MUCH);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_has_one_connection_and_a_key() {
    let engine = Engine::start().await;
    let (_sdk, channel) = channel(&engine).await;
    channel.writer.write(b"first").await.unwrap();
    let second = ChannelWriter::new(&engine.url(), &channel.writer_ref);
    // The second is let in and closed; it learns that by what it cannot send.
    let failed = async {
        while second.write(b"second").await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, failed).await.expect("the second writer is closed");
    channel.writer.close().await.unwrap();
    assert_eq!(channel.reader.read_all().await.unwrap(), b"first");

    let source = engine.source();
    let id = source.reference()["channel_id"].as_str().unwrap().to_owned();
    for refused in [
        format!("{id}?key=wrong&dir=read"),
        format!("{id}?dir=read"),
        "nobody?key=k&dir=read".to_owned(),
    ] {
        let url = format!("{}/ws/channels/{refused}", engine.url());
        let error = tokio_tungstenite::connect_async(url).await.unwrap_err();
        assert!(
            matches!(error, WsError::Http(response) if response.status() == 404),
            "{refused}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_an_end_never_came_to_is_swept() {
    let engine = Engine::start().await;
    let (_sdk, unused) = channel(&engine).await;
    let source = engine.source();
    let reading = reader(&engine, source.reference());
    assert!(source.send(b"a").await);
    reading.next_binary().await.unwrap();
    engine.sweep_channels();
    assert_eq!(engine.channels(), 1, "the one in use stays");
    unused.writer.write(b"late").await.unwrap_err();
    source.close().await;
    assert_eq!(reading.next_binary().await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_engine_breaks_channels_off() {
    let engine = Engine::start().await;
    let source = engine.source();
    let reader = reader(&engine, source.reference());
    assert!(source.send(b"half").await);
    assert_eq!(reader.next_binary().await.unwrap().unwrap(), b"half");
    engine.drop_connections();
    reader.next_binary().await.unwrap_err();
    assert_eq!(engine.channels(), 0);
}
