use engines::*;use std::time::*;
fn main(){
 let a:Vec<String>=std::env::args().collect();
 for m in modes::MODES.iter().filter(|m| m.engine.name()==a[1] && (a.len()<3 || a[2]==m.name)) {
  let t=Instant::now();
  let setup=running::Setup{clients:3,with_proxies:false};
  let mut r=match (m.start)(&setup){Ok(r)=>r,Err(e)=>{println!("{e}");continue}};
  let up=t.elapsed();
  let stores=(0..3).map(|c|(r.connect)(c).unwrap()).collect();
  let load=stress::Load{clients:3,writers:2,duration:Duration::from_secs_f64(m.seconds),planned:m.usual,seed:1};
  let s=stress::stress(stores,Some(&mut r),&load,&mut|_|{}).unwrap();
  let t=Instant::now();
  let j=judged::Judged::of(&s.history,&Default::default());
  println!("{} up {:?} ops {} judged {:?} met {:?} {:?} {:?}",m.name,up,s.history.operations().len(),t.elapsed(),j.strongest(),j.anomalies,j.stale);
  println!("max w {:?} r {:?}",s.writes.last(),s.reads.last());println!("   {:?} w {:?} r {:?}", j.broken.iter().map(|b|(b.model,b.witness.len())).collect::<Vec<_>>(), judged::quantile(&s.writes,0.5),judged::quantile(&s.reads,0.5));
  for c in &s.clients {println!("   done {} gaveup {} refused {}",c.done,c.gave_up,c.refused);}
  if let Some(b)=j.first(){println!("{}\n{}",b.sentence,b.picture.clone().unwrap_or_default());}
  if let Some(sv)=&r.survivors {let sv=sv().unwrap(); let ack=judged::acknowledged(&s.history);println!("lost {} of {}",judged::lost(&ack,&sv),ack.len());}
  let t=Instant::now(); drop(r); println!("down {:?}",t.elapsed());
 }
}
